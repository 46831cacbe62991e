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
        func text(_ frame: ByteBuffer) -> String { String(String(buffer: frame).dropFirst(2)) }
        let arguments = try EncodedArgument.encode(
            [1, "a/b\"\u{1}", ["x": [true]], Optional<Int>.none] as [any Encodable & Sendable]
        )
        let event = PacketWriter.event("na\"me\n", arguments: arguments, namespace: "/")
        #expect(text(event) == "42[\"na\\\"me\\u000a\",1,\"a/b\\\"\\u0001\",{\"x\":[true]},null]")
        #expect(text(PacketWriter.event("e", arguments: [], namespace: "/n", id: 3)) == "42/n,3[\"e\"]")
        #expect(text(PacketWriter.ack([], namespace: "/", id: 3)) == "433[]")
        #expect(text(PacketWriter.disconnect(namespace: "/n")) == "41/n,")
        #expect(text(PacketWriter.refused(namespace: "/x", message: "No")) == "44/x,{\"message\":\"No\"}")
        let binary = try EncodedArgument.encode([
            SocketIOBinary(ByteBuffer(bytes: [1])), SocketIOBinary(ByteBuffer(bytes: [2])),
        ])
        let packet = PacketWriter.event("b", arguments: binary, namespace: "/")
        let json = "452-[\"b\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"
        #expect(
            packet == ByteBuffer(bytes: [0x81, UInt8(json.utf8.count)] + Array(json.utf8) + [0x82, 1, 1, 0x82, 1, 2])
        )
        #expect(throws: EncodingError.self) { try EncodedArgument.encode([Double.nan]) }
        #expect(throws: EncodingError.self) { try EncodedArgument.encode([[SocketIOBinary(ByteBuffer())]]) }
    }
}
