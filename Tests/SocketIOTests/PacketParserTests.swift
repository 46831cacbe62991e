import NIOCore
import Testing

@testable import SocketIO

struct PacketParserTests {
    private static let parser = PacketParser(maxAttachments: 10, maxNameBytes: 32)

    /// A packet in words: type, namespace, id, name, the raw arguments.
    private static func describe(_ text: String) throws(PacketError) -> String {
        let (packet, attachments) = try parser.parse(ByteBuffer(string: text))
        func list(_ arguments: EventArguments) -> String {
            (0..<arguments.count).map { String(buffer: arguments[$0]) }.joined(separator: "|")
        }
        var words = [packet.namespace]
        switch packet.content {
        case .connect(let auth): words += ["connect", auth.map { String(buffer: $0) } ?? "-"]
        case .disconnect: words += ["disconnect"]
        case .event(let name, let arguments, let id):
            words += ["event", id.map(String.init) ?? "-", name, list(arguments)]
            #expect(arguments.expectsAck == (id != nil))
        case .ack(let arguments, let id): words += ["ack", "\(id)", list(arguments)]
        }
        if attachments > 0 { words.append("+\(attachments)") }
        return words.joined(separator: " ")
    }

    @Test(arguments: [
        ("0", "/ connect -"), ("0{}", "/ connect {}"), ("0/a", "/a connect -"), ("0/a,", "/a connect -"),
        ("0/a,{\"t\":1}", "/a connect {\"t\":1}"), ("0/a?x=1,{}", "/a connect {}"),
        ("1", "/ disconnect"), ("1/a", "/a disconnect"), ("1/a,", "/a disconnect"),
        ("2[\"a\"]", "/ event - a "), ("2[\"a\",1]", "/ event - a 1"), ("2/n,12[\"a\"]", "/n event 12 a "),
        ("2[\"a\",1,\"x,]\",{\"b\":[1,2]},null]", "/ event - a 1|\"x,]\"|{\"b\":[1,2]}|null"),
        ("2[ \"a\" , 1.50 ,true ]", "/ event - a 1.50|true"), ("2[7,1]", "/ event - 7 1"), ("2[-7]", "/ event - -7 "),
        ("2[\"\"]", "/ event -  "), ("2007[\"a\"]", "/ event 7 a "),
        ("2[\"\\u0061\\n\\\"\\/\\ud83c\\udfb5\"]", "/ event - a\n\"/\u{1F3B5} "),
        ("2[\"é\"]", "/ event - é "),
        ("3[]", "missing id"), ("30[]", "/ ack 0 "), ("3/n,5[1,2]", "/n ack 5 1|2"),
        ("51-[\"a\",{\"_placeholder\":true,\"num\":0}]", "/ event - a {\"_placeholder\":true,\"num\":0} +1"),
        ("510-/n,3[\"a\"]", "/n event 3 a  +10"), ("61-7[1]", "/ ack 7 1 +1"), ("50-[\"a\"]", "/ event - a "),
        ("2[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]", "/ event - aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "),
    ])
    func packets(text: String, expected: String) throws {
        if expected == "missing id" {
            #expect(throws: PacketError.self) { try Self.describe(text) }
        } else {
            #expect(try Self.describe(text) == expected)
        }
    }

    @Test(arguments: [
        "", "7", "a", " 0", "0[]", "0null", "0\"a\"", "0{", "0{}x", "0x", "1{}", "1\"x\"", "4", "4{}",
        "4{\"message\":\"x\"}",
        "2", "2{}", "2[", "2[]", "2]", "2\"a\"", "2[{}]", "2[null]", "2[true]", "2[[\"a\"]]", "2[\"a\"", "2[\"a\"]]",
        "2[\"a\",]",
        "2[,\"a\"]", "2[\"a\" 1]", "2[\"a\"] ", "2[\"a\",01]", "2[\"a\",1.]", "2[\"a\",.5]", "2[\"a\",+1]",
        "2[\"a\",1e]",
        "2[\"a\",tru]", "2[\"a\",nulll]", "2[\"a\",'x']", "2[\"a\",\"\\x\"]", "2[\"a\",\"\\u12g4\"]", "2[\"a\",\"\n\"]",
        "2[\"a\",\"]", "2[\"a\",{]", "2[\"a\",{\"b\"}]", "2[\"a\",{\"b\":}]", "2[\"a\",{\"b\":1,}]", "2[\"a\",{b:1}]",
        "2[\"a\",{1:1}]", "2[\"a\",NaN]", "2[\"a\",Infinity]", "2abc[\"a\"]", "2-1[\"a\"]", "29999999999999999[\"a\"]",
        "2[\"connect\"]", "2[\"connect_error\"]", "2[\"disconnect\"]", "2[\"disconnecting\"]", "2[\"newListener\"]",
        "2[\"removeListener\"]", "2[\"\\u0063onnect\"]", "2[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
        "5[\"a\"]", "5-[\"a\"]", "51[\"a\"]", "5x-[\"a\"]", "5-1-[\"a\"]", "511-[\"a\"]", "51.0-[\"a\"]", "6[]",
        "61-[]",
        "3", "3[1]", "3/n,[1]", "31{}",
    ])
    func malformed(text: String) {
        #expect(throws: PacketError.self) { try Self.parser.parse(ByteBuffer(string: text)) }
    }

    @Test(arguments: [(1, true), (200, true), (254, true), (300, false), (100_000, false)])
    func nesting(depth: Int, isValid: Bool) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let value = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            #expect(((try? Self.parser.parse(ByteBuffer(string: "2[\"a\",\(value)]"))) != nil) == isValid)
            let unfinished = String(repeating: open, count: depth)
            #expect((try? Self.parser.parse(ByteBuffer(string: "2[\"a\",\(unfinished)]"))) == nil)
        }
    }

    @Test func argumentsDecode() throws {
        let text = "2[\"a\",{\"n\":9007199254740991,\"on\":true},null,\"x\"]"
        guard case .event(_, let arguments, _) = try Self.parser.parse(ByteBuffer(string: text)).packet.content else {
            Issue.record("no event"); return
        }
        struct Payload: Decodable, Equatable {
            var n: Int
            var on: Bool
        }
        #expect(try arguments.decode(Payload.self) == Payload(n: 9_007_199_254_740_991, on: true))
        #expect(try arguments.decode(String.self, at: 2) == "x")
        #expect(try arguments.decodeIfPresent(String.self, at: 1) == nil)
        #expect(try arguments.decodeIfPresent(String.self, at: 9) == nil)
        #expect(throws: SocketIOError.self) { try arguments.decode(Int.self, at: 2) }
        let missing = #expect(throws: SocketIOError.self) { try arguments.decode(Int.self, at: 3) }
        #expect(missing?.code == .missingArgument)
        #expect(arguments.binary(at: 0) == nil)
    }

    @Test func attachments() throws {
        var assembler = PacketAssembler(parser: Self.parser)
        let text = "52-[\"a\",{\"num\":1,\"_placeholder\":true},[{\"x\":{\"_placeholder\":true,\"num\":0}}],7]"
        #expect(try assembler.text(ByteBuffer(string: text)) == nil)
        #expect(try assembler.binary(ByteBuffer(bytes: [1])) == nil)
        guard case .event(_, let arguments, _)? = try assembler.binary(ByteBuffer(bytes: [2]))?.content else {
            Issue.record("no event"); return
        }
        #expect(arguments.binary(at: 0) == ByteBuffer(bytes: [2]))
        #expect(arguments.binary(at: 1) == nil)
        #expect(arguments.binary(at: 2) == nil)
        #expect(arguments.attachments == [ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2])])
        #expect(throws: PacketError.self) { try assembler.binary(ByteBuffer()) }
    }

    @Test(arguments: [
        ("{\"_placeholder\":true,\"num\":2}", false), ("{\"_placeholder\":true,\"num\":-1}", false),
        ("{\"_placeholder\":true,\"num\":0.5}", false), ("{\"_placeholder\":true}", false),
        ("{\"_placeholder\":true,\"num\":\"0\"}", false), ("{\"_placeholder\":false,\"num\":9}", true),
        ("[1,[{\"a\":{\"_placeholder\":true,\"num\":5}}]]", false), ("\"_placeholder\"", true),
        ("{\"num\":9}", true), ("{ \"_placeholder\" : true , \"num\" : 1 }", true),
    ])
    func placeholders(argument: String, isValid: Bool) {
        #expect(Placeholders.areValid(in: ByteBuffer(string: argument), attachments: 2) == isValid)
    }

    @Test func writing() throws {
        func text(_ packet: OutgoingPacket, _ namespace: String = "/") -> String? {
            PacketWriter.message(packet, namespace: namespace).text.map { String(buffer: $0) }
        }
        let arguments = try OutgoingArguments(
            encoding: [1, "a/b\"\u{1}", ["x": [true]], Optional<Int>.none] as [any Encodable & Sendable]
        )
        #expect(
            text(.event(name: "na\"me\n", arguments: arguments, acknowledgement: nil))
                == "42[\"na\\\"me\\u000a\",1,\"a/b\\\"\\u0001\",{\"x\":[true]},null]"
        )
        let none = try OutgoingArguments(encoding: [])
        #expect(text(.event(name: "e", arguments: none, acknowledgement: 3), "/n") == "42/n,3[\"e\"]")
        #expect(text(.acknowledgement(id: 3, arguments: none)) == "433[]")
        #expect(text(.disconnected, "/n") == "41/n,")
        #expect(text(.refused(message: "No", data: nil), "/x") == "44/x,{\"message\":\"No\"}")
        #expect(
            text(.refused(message: "No", data: ByteBuffer(string: "[1]"))) == "44{\"message\":\"No\",\"data\":[1]}"
        )
        #expect(throws: EncodingError.self) { try OutgoingArguments(encoding: [Double.nan]) }
        #expect(throws: EncodingError.self) { try OutgoingArguments(encoding: [[SocketIOJSON(ByteBuffer())]]) }
    }

    private struct Picture: Codable, Sendable, Equatable {
        var name: String
        var parts: [SocketIOBinary]
    }

    @Test func attachmentsInAnyDepth() throws {
        let (one, two) = (SocketIOBinary(ByteBuffer(bytes: [1])), SocketIOBinary(ByteBuffer(bytes: [2])))
        let arguments = try OutgoingArguments(encoding: [one, Picture(name: "p", parts: [two, one])])
        let packet = PacketWriter.message(
            .event(name: "b", arguments: arguments, acknowledgement: nil),
            namespace: "/"
        )
        let json =
            "453-[\"b\",{\"_placeholder\":true,\"num\":0},{\"name\":\"p\",\"parts\":["
            + "{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":2}]}]"
        #expect(packet.text == ByteBuffer(string: json))
        let header: [UInt8] = [0x81, UInt8(json.utf8.count)]
        #expect(packet.frames == ByteBuffer(bytes: header + Array(json.utf8) + [0x82, 1, 1, 0x82, 1, 2, 0x82, 1, 1]))

        var assembler = PacketAssembler(parser: PacketParser(maxAttachments: 10, maxNameBytes: 64))
        _ = try assembler.text(ByteBuffer(string: String(json.dropFirst())))
        _ = try assembler.binary(one.bytes)
        _ = try assembler.binary(two.bytes)
        guard case .event(_, let received, _) = try assembler.binary(one.bytes)?.content else {
            Issue.record("no event"); return
        }
        #expect(try received.decode(SocketIOBinary.self) == one)
        #expect(try received.decode(Picture.self, at: 1) == Picture(name: "p", parts: [two, one]))
        #expect(throws: SocketIOError.self) { try received.decode(SocketIOBinary.self, at: 1) }
    }
}
