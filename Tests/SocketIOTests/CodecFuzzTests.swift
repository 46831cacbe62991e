import NIOCore
import Testing

@testable import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// 1.5 * 10^5 frames that are nearly right, a third of them for each codec: none may crash it, and what is accepted must mean the same however it
/// is cut, and when it is written and read again. A run prints its seed; `SOCKETIO_FUZZ_SEED` repeats it.
struct CodecFuzzTests {
    private static let frames = 50_000
    /// Bytes that mean something to one of the codecs.
    private static let telling = Array("0123456789[]{}\",:-/b\\\u{1E} ".utf8)

    private static func generator(_ what: StaticString) -> OutboundQueueTests.SplitMix {
        let given = ProcessInfo.processInfo.environment["SOCKETIO_FUZZ_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0...UInt64.max)
        print("\(what): SOCKETIO_FUZZ_SEED=\(seed)")
        return .init(state: seed)
    }

    private static let packets = [
        "0", "0{\"token\":\"123\"}", "0/custom,{\"a\":[1,{}]}", "0/x?y=z,", "1", "1/custom,", "2[\"e\"]",
        "2/n,12[\"e\",1,\"2\"]",
        "2[\"\\u00e9\\n\\ud83d\\ude00\",null,true,-1.5e+10,{\"k\":[[],{}]}]", "2[1,{}]", "3456[1,{\"3\":[false]}]",
        "30[]",
        "52-[\"e\",{\"_placeholder\":true,\"num\":0},{\"a\":{\"num\":1,\"_placeholder\":true}}]",
        "61-/n,7[{\"_placeholder\":true,\"num\":0}]", "4{\"message\":\"x\"}", "2[ \"e\" , 1 , [ 2 ] ]",
        "2[\"pöbel\",\"\u{1F600}\"]",
    ]

    /// What a packet says, without how it was written.
    private static func meaning(_ packet: Packet) -> String {
        func values(_ arguments: EventArguments) -> String {
            (0..<arguments.count).map { String(buffer: arguments[$0]) }.joined(separator: "\n")
                + arguments.attachments.map { "\($0.readableBytesView.map { $0 })" }.joined()
        }
        return switch packet.content {
        case .connect(let auth): "connect \(packet.namespace) \(auth.map { String(buffer: $0) } ?? "")"
        case .disconnect: "disconnect \(packet.namespace)"
        case .event(let name, let arguments, let id):
            "event \(packet.namespace) \(id.map(String.init) ?? "") \(name) \(values(arguments))"
        case .ack(let arguments, let id): "ack \(packet.namespace) \(id) \(values(arguments))"
        }
    }

    /// The packet as the server would write it, for those that both sides have.
    private static func written(_ packet: Packet) -> OutboundMessage? {
        switch packet.content {
        case .event(let name, let arguments, let id):
            // A number as a name is read as text, and would be written as such.
            PacketWriter.message(
                .event(name: name, arguments: .init(forwarding: arguments), acknowledgement: id),
                namespace: packet.namespace
            )
        case .ack(let arguments, let id):
            PacketWriter.message(
                .acknowledgement(id: id, arguments: .init(forwarding: arguments)),
                namespace: packet.namespace
            )
        case .connect, .disconnect: nil
        }
    }

    private static func read(_ text: ByteBuffer, _ attachments: [ByteBuffer]) throws(PacketError) -> Packet? {
        var assembler = PacketAssembler(parser: PacketParser(maxAttachments: 10, maxNameBytes: 256))
        var packet = try assembler.text(text)
        for attachment in attachments { packet = try assembler.binary(attachment) }
        return packet
    }

    @Test func socketIOPackets() throws {
        var generator = Self.generator("Socket.IO packets")
        var accepted = 0
        for _ in 0..<Self.frames {
            let text = Self.mutated(Self.packets.randomElement(using: &generator) ?? "", &generator)
            // The WebSocket and the polling payload let only valid UTF-8 through.
            guard let text = String(validating: text, as: UTF8.self).map(ByteBuffer.init(string:)) else { continue }
            let attachments = (0..<Int.random(in: 0...2, using: &generator)).map { ByteBuffer(bytes: [UInt8($0)]) }
            guard let packet = try? Self.read(text, attachments) else { continue }
            accepted += 1
            guard var again = Self.written(packet)?.text else { continue }
            if again.readInteger() != UInt8(ascii: "4") { Issue.record("\(String(buffer: again)) is no message") }
            let copy = try Self.read(again, packet.attachments)
            if copy.map(Self.meaning) != Self.meaning(packet) {
                Issue.record("\(String(buffer: text)) became \(String(buffer: again))")
            }
        }
        // Else the loop would test nothing but refusals.
        #expect(accepted > Self.frames / 20 && accepted < Self.frames)
    }

    @Test func engineIOPayloads() {
        var generator = Self.generator("Engine.IO payloads")
        let parts = ["4hello", "2", "3", "6", "bAQIDBA==", "b", "b/+8=", "4pö", "1", "", "5", "4\"{}", "bAAAA"]
        var accepted = 0
        for _ in 0..<Self.frames {
            let count = Int.random(in: 1...4, using: &generator)
            let whole = (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined(
                separator: "\u{1E}"
            )
            let body = ByteBuffer(bytes: Self.mutated(whole, &generator))
            guard let packets = PollingPayload.Packets(body).map(Array.init) else {
                if String(validating: body.readableBytesView, as: UTF8.self) != nil {
                    Issue.record("\(body) was refused")
                }
                continue
            }
            let separators = body.readableBytesView.count { $0 == PollingPayload.separator }
            if packets.count != separators + 1 { Issue.record("\(String(buffer: body)): \(packets.count) packets") }
            // Messages written again are the same messages.
            var payload = ByteBuffer()
            var messages: [EnginePacket] = []
            for packet in packets {
                switch packet {
                case .text(let text):
                    PollingPayload.append(OutboundMessage(text: "4" + String(buffer: text)), to: &payload)
                case .binary(let bytes): PollingPayload.append(OutboundMessage(binary: bytes), to: &payload)
                default: continue
                }
                messages.append(packet)
            }
            guard !messages.isEmpty else { continue }
            accepted += 1
            if PollingPayload.Packets(payload).map(Array.init) != messages {
                Issue.record("\(String(buffer: body)) changed")
            }
        }
        #expect(accepted > Self.frames / 20 && accepted < Self.frames)
    }

    private static func frame(_ generator: inout OutboundQueueTests.SplitMix) -> [UInt8] {
        let opcode: UInt8 = [0, 1, 1, 2, 8, 9, 10].randomElement(using: &generator) ?? 1
        let isFinal = opcode >= 8 || Int.random(in: 0..<4, using: &generator) > 0
        let length = [0, 1, 2, 5, 125, 126, 300].randomElement(using: &generator) ?? 0
        var payload = (0..<(opcode >= 8 ? min(length, 125) : length)).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        if opcode == 8, payload.count >= 2 { (payload[0], payload[1]) = (3, 0xE8) }
        let mask = withUnsafeBytes(of: generator.next()) { Array($0.prefix(4)) }
        let size =
            payload.count < 126
            ? [UInt8(payload.count) | 0x80] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        return [(isFinal ? 0x80 : 0) | opcode] + size + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    private struct Trace: Equatable {
        var events: [WebSocketParser.Event] = []
        var failure: WebSocketCloseCode?
    }

    /// Everything the parser says to these pieces.
    private static func trace(_ pieces: [ArraySlice<UInt8>]) -> Trace {
        var parser = WebSocketParser(maxPayload: 500)
        var trace = Trace()
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            do throws(WebSocketCloseCode) {
                while let event = try parser.next() { trace.events.append(event) }
            } catch {
                trace.failure = error
                break
            }
        }
        return trace
    }

    @Test func webSocketFrames() {
        var generator = Self.generator("WebSocket frames")
        var (frames, heard) = (0, 0)
        while frames < Self.frames {
            let count = Int.random(in: 1...6, using: &generator)
            frames += count
            var bytes = (0..<count).flatMap { _ in Self.frame(&generator) }
            if Bool.random(using: &generator) { bytes = Self.mutated(bytes, &generator) }
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...40, using: &generator))
                pieces.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            let (whole, cut) = (Self.trace([bytes[...]]), Self.trace(pieces))
            heard += whole.events.count
            if whole != cut { Issue.record("\(bytes): \(whole) in one piece, \(cut) in \(pieces.map(\.count))") }
        }
        #expect(heard > Self.frames / 20)
    }

    private static func mutated(_ text: String, _ generator: inout OutboundQueueTests.SplitMix) -> [UInt8] {
        mutated(Array(text.utf8), &generator)
    }

    /// Up to three small changes.
    private static func mutated(_ bytes: [UInt8], _ generator: inout OutboundQueueTests.SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let byte =
                Bool.random(using: &generator)
                ? telling.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(byte, at: place)
            case 1 where place < bytes.count: bytes[place] = byte
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place...)
            default: bytes.insert(contentsOf: bytes.prefix(20), at: place)
            }
        }
        return bytes
    }
}

extension Packet {
    fileprivate var attachments: [ByteBuffer] {
        switch content {
        case .event(_, let arguments, _), .ack(let arguments, _): arguments.attachments
        case .connect, .disconnect: []
        }
    }
}
