import Crypto
import FoundationEssentials
import MusicBoxAPI
import NIOCore
import Testing

@testable import musicboxctl

@Suite struct SocketClientTests {
    /// The answer to a WebSocket handshake (RFC 6455, section 4.2.2), with text frames right behind it.
    private static func upgrade(_ request: String, frames: [String]) -> ByteBuffer {
        let line = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") } ?? ""
        let key = line.split(separator: " ").last ?? ""
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        var answer = ByteBuffer(
            string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                + "Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())\r\n\r\n"
        )
        for frame in frames {
            // FIN and text; a length of up to 125.
            answer.writeBytes([0x81, UInt8(frame.utf8.count)])
            answer.writeString(frame)
        }
        return answer
    }

    @Test("What comes in one segment with the answer to the upgrade is not lost")
    func takesWhatComesEarly() async throws {
        let frames = [#"0{"sid":"x","pingInterval":25000,"pingTimeout":20000}"#, "40{}", #"42["a",1]"#, "1"]
        try await CannedServer.with(answer: { Self.upgrade($0, frames: frames) }, end: .hold) { server in
            let client = SocketClient(server: server, timeout: .seconds(30))
            let failure = await #expect(throws: SocketFailure.self) {
                try await client.withConnection { events, _ in
                    var seen: [SocketEvent] = []
                    do {
                        for try await event in events { seen.append(event) }
                    } catch {
                        #expect(seen == [.connected, .event(name: "a", payload: 1)])
                        throw error
                    }
                }
            }
            #expect(failure == .closed)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ])
    func needsAWebSocket(_ answer: String) async throws {
        try await CannedServer.with(answer: answer) { server in
            let client = SocketClient(server: server, timeout: .seconds(30))
            let error = await #expect(throws: CtlError.self) { try await client.withConnection { _, _ in } }
            #expect(error?.code == .unreachable)
        }
    }

    @Test func silenceIsTemporary() async throws {
        try await CannedServer.with(answer: "", end: .hold) { server in
            let client = SocketClient(server: server, timeout: .milliseconds(50))
            let error = await #expect(throws: CtlError.self) { try await client.withConnection { _, _ in } }
            #expect(error?.code == .temporary)
        }
    }
}
