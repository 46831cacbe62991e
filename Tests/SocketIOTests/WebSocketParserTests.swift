import NIOCore
import Testing

@testable import SocketIO

struct WebSocketParserTests {
    /// A masked frame.
    private static func frame(_ first: UInt8, _ payload: [UInt8], mask: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
        var header = [first]
        switch payload.count {
        case ..<126: header.append(0x80 | UInt8(payload.count))
        case ..<65536: header += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: header += [0x80 | 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
        }
        return header + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    /// All events that `bytes` lead to, whether they come at once or in pieces.
    private static func events(
        _ bytes: [UInt8],
        step: Int = .max,
        maxPayload: Int = 1000
    ) throws(WebSocketCloseCode) -> [WebSocketParser.Event] {
        var parser = WebSocketParser(maxPayload: maxPayload)
        var events: [WebSocketParser.Event] = []
        var rest = bytes[...]
        repeat {
            let chunk = rest.prefix(step)
            rest = rest.dropFirst(chunk.count)
            parser.append(ByteBuffer(bytes: chunk))
            while let event = try parser.next() { events.append(event) }
        } while !rest.isEmpty
        return events
    }

    static let valid: [([UInt8], [WebSocketParser.Event])] = [
        (frame(0x81, Array("Hello".utf8)), [.text(ByteBuffer(string: "Hello"))]),
        (frame(0x81, []), [.text(ByteBuffer())]),
        (frame(0x82, [0, 255]), [.binary(ByteBuffer(bytes: [0, 255]))]),
        (
            frame(0x01, Array("Hel".utf8)) + frame(0x89, [7]) + frame(0x00, []) + frame(0x80, Array("lo".utf8)),
            [.ping(ByteBuffer(bytes: [7])), .text(ByteBuffer(string: "Hello"))]
        ),
        (frame(0x81, Array("\u{1F3B5}é€".utf8)), [.text(ByteBuffer(string: "\u{1F3B5}é€"))]),
        // One character in two fragments.
        (frame(0x01, [0xC3]) + frame(0x80, [0xA9]), [.text(ByteBuffer(string: "é"))]),
        (frame(0x8A, [1, 2]) + frame(0x8A, []), [.pong, .pong]),
        (frame(0x88, []), [.close(nil)]),
        (frame(0x88, [0x03, 0xE8]), [.close(1000)]),
        (frame(0x88, [0x0F, 0xA0] + Array("bye".utf8)), [.close(4000)]),
        (frame(0x82, Array(repeating: 9, count: 126)), [.binary(ByteBuffer(repeating: 9, count: 126))]),
        (frame(0x82, Array(repeating: 9, count: 1000)), [.binary(ByteBuffer(repeating: 9, count: 1000))]),
        (frame(0x81, [65], mask: [0, 0, 0, 0]), [.text(ByteBuffer(string: "A"))]),
    ]

    @Test(arguments: valid.indices, [1, 2, 7, .max])
    func validFrames(index: Int, step: Int) throws {
        let (bytes, expected) = Self.valid[index]
        #expect(try Self.events(bytes, step: step) == expected)
    }

    static let invalid: [([UInt8], WebSocketCloseCode)] = [
        ([0x81, 0x05], .protocolError),  // not masked
        (frame(0xC1, []), .protocolError), (frame(0xA1, []), .protocolError), (frame(0x91, []), .protocolError),
        (frame(0x83, []), .protocolError), (frame(0x8B, []), .protocolError), (frame(0x8F, []), .protocolError),
        (frame(0x09, []), .protocolError),  // a fragmented ping
        (frame(0x89, Array(repeating: 0, count: 126)), .protocolError),
        (frame(0x80, []), .protocolError), (frame(0x00, []), .protocolError),  // nothing to continue
        (frame(0x01, []) + frame(0x81, []), .protocolError), (frame(0x01, []) + frame(0x02, []), .protocolError),
        (frame(0x88, [3]), .protocolError),
        (frame(0x88, [0x03, 0xE7]), .protocolError), (frame(0x88, [0x03, 0xEC]), .protocolError),
        (frame(0x88, [0x03, 0xED]), .protocolError), (frame(0x88, [0x03, 0xEE]), .protocolError),
        (frame(0x88, [0x03, 0xF7]), .protocolError), (frame(0x88, [0x0B, 0xB7]), .protocolError),
        (frame(0x88, [0x13, 0x88]), .protocolError),
        (frame(0x88, [0x03, 0xE8, 0xFF]), .invalidText),
        (frame(0x81, [0xFF]), .invalidText), (frame(0x81, [0xC3]), .invalidText),
        (frame(0x01, [0xC3]) + frame(0x80, [0x41]), .invalidText),
        (frame(0x01, [0xE2, 0x82]) + frame(0x80, []), .invalidText),
        (frame(0x82, Array(repeating: 0, count: 1001)), .tooBig),
        (frame(0x02, Array(repeating: 0, count: 600)) + frame(0x80, Array(repeating: 0, count: 401)), .tooBig),
        // Only announced.
        ([0x82, 0xFE, 0x03, 0xE9], .tooBig), ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .tooBig),
        ([0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255], .tooBig),
    ]

    @Test(arguments: invalid.indices, [1, .max])
    func violations(index: Int, step: Int) {
        let (bytes, code) = Self.invalid[index]
        #expect(throws: code) { try Self.events(bytes, step: step) }
    }

    @Test(
        arguments: [
            ([0xC0, 0x80], false), ([0xE0, 0x80, 0x80], false), ([0xF0, 0x80, 0x80, 0x80], false),
            ([0xED, 0xA0, 0x80], false), ([0xF4, 0x90, 0x80, 0x80], false), ([0xF5, 0x80, 0x80, 0x80], false),
            ([0x80], false), ([0xE2, 0x28, 0xA1], false), ([0xED, 0x9F, 0xBF], true), ([0xEF, 0xBF, 0xBF], true),
            ([0xF4, 0x8F, 0xBF, 0xBF], true), ([0xF0, 0x90, 0x80, 0x80], true), ([0xE0, 0xA0, 0x80], true),
            ([0x7F], true), ([0xC2, 0x80], true), (Array(repeating: 0x61, count: 9) + [0xFF], false),
        ] as [([UInt8], Bool)]
    )
    func utf8(bytes: [UInt8], isValid: Bool) {
        for step in [1, .max] {
            var validator = UTF8Validator()
            var rest = bytes[...]
            var isPossible = true
            while !rest.isEmpty {
                let chunk = Array(rest.prefix(step))
                rest = rest.dropFirst(chunk.count)
                isPossible = isPossible && chunk.withUnsafeBytes { validator.consume($0) }
            }
            #expect((isPossible && validator.isComplete) == isValid)
        }
    }

    @Test(arguments: [0, 1, 125, 126, 65535, 65536, 100_000])
    func serverFrames(length: Int) {
        let payload = ByteBuffer(repeating: 0x41, count: length)
        var frame = WebSocketFrame.binary(payload)
        let header: [UInt8]
        switch length {
        case ..<126: header = [0x82, UInt8(length)]
        case ..<65536: header = [0x82, 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default:
            header = [0x82, 127, 0, 0, 0, 0, 0, UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
        }
        #expect(frame.readBytes(length: header.count) == header)
        #expect(frame == payload)
    }
}
