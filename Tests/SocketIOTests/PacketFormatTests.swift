import NIOCore
import NIOHTTP1
import SocketIO
import Testing

/// A format as an application may make one: `name argument`, answers as `ok argument`.
private struct WordFormat: PacketFormat {
    struct Malformed: Error {}

    func write(_ packet: OutgoingPacket) -> ByteBuffer? {
        switch packet {
        case .connected: ByteBuffer(string: "welcome")
        case .refused(let message, _): ByteBuffer(string: "refused \(message)")
        case .event(let name, let arguments, _): text(name, arguments)
        case .acknowledgement(_, let arguments): text("ok", arguments)
        case .disconnected: nil
        }
    }

    private func text(_ word: String, _ arguments: OutgoingArguments) -> ByteBuffer {
        var buffer = ByteBuffer(string: word)
        for var value in arguments.values {
            buffer.writeString(" ")
            buffer.writeBuffer(&value)
        }
        return buffer
    }

    func read(_ text: ByteBuffer) throws -> IncomingPacket {
        let words = String(buffer: text).split(separator: " ", maxSplits: 1)
        guard let name = words.first else { throw Malformed() }
        switch name {
        case "hello?": return .reply(ByteBuffer(string: "hello!"))
        case "bye": return .disconnect
        default:
            guard words.count == 2 else { return .event(name: String(name), arguments: .init(), acknowledgement: 1) }
            guard let arguments = EventArguments(json: ByteBuffer(substring: words[1])) else { throw Malformed() }
            return .event(name: String(name), arguments: arguments, acknowledgement: 1)
        }
    }
}

/// Sends back what comes, by the kind it came.
private struct EchoFormat: PacketFormat {
    func write(_ packet: OutgoingPacket) -> ByteBuffer? { nil }
    func read(_ text: ByteBuffer) -> IncomingPacket { .reply(text) }
    func read(binary: ByteBuffer) -> IncomingPacket { .binaryReply(binary) }
}

/// A second door to the same rooms.
@Suite(.timeLimit(.minutes(1)))
struct PacketFormatTests {
    private static func prepare(_ server: SocketIOServer) {
        server.addWebSocketEndpoint(path: "/words", format: WordFormat())
        server.namespace.on("join") { socket, arguments in [socket.join(try arguments.decode(String.self))] }
        server.namespace.on("shout") { socket, arguments in
            socket.to("room").emit("shout", forwarding: arguments)
            return nil
        }
    }

    @Test func binaryFrames() async throws {
        try await LiveServer.with(prepare: { $0.addWebSocketEndpoint(path: "/echo", format: EchoFormat()) }) { server in
            let client = try await RawClient.open(server.port, "/echo")
            client.send(binary: [0, 255])
            client.send("text")
            #expect(await client.next() == .init(opcode: 2, payload: ByteBuffer(bytes: [0, 255])))
            #expect(await client.text() == "text")
        }
    }

    @Test(arguments: ["/words", "/words/", "/words?x=1"])
    func roomsAreShared(path: String) async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let socketIO = try await RawClient.connect(server.port)
            socketIO.send("420[\"join\",\"room\"]")
            #expect(await socketIO.text() == "430[true]")
            let words = try await RawClient.open(server.port, path)
            #expect(await words.text() == "welcome")
            words.send("join \"room\"")
            #expect(await words.text() == "ok true")
            server.socketIO.namespace.to("room").emit("news", ["a": 1.5])
            #expect(await words.text() == "news {\"a\":1.5}")
            #expect(await socketIO.text() == "42[\"news\",{\"a\":1.5}]")
            words.send("shout [1]")
            #expect(await socketIO.text() == "42[\"shout\",[1]]")
            socketIO.send("42[\"shout\",[2]]")
            #expect(await words.text() == "shout [2]")
            #expect(server.socketIO.clientCount == 2)
        }
    }

    @Test func theFormatAnswersAndEnds() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let client = try await RawClient.open(server.port, "/words")
            #expect(await client.text() == "welcome")
            client.send("hello?")
            #expect(await client.text() == "hello!")
            client.send("bye")
            #expect(await client.closeCode() == 1000)
        }
    }

    @Test func malformedTextAndBinaryCloseTheConnection() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            for (send, code) in [
                ({ $0.send("x {") }, 1008), ({ $0.send(binary: [1]) }, 1003), ({ $0.send("") }, 1008),
            ] as [((RawClient) -> Void, UInt16)] {
                let client = try await RawClient.open(server.port, "/words")
                _ = await client.text()
                send(client)
                #expect(await client.closeCode() == code)
            }
        }
    }

    @Test func theHeartbeatIsThatOfWebSockets() async throws {
        try await LiveServer.with(
            configure: { $0.pingInterval = .milliseconds(20) },
            prepare: Self.prepare
        ) { server in
            let client = try await RawClient.open(server.port, "/words")
            _ = await client.text()
            for _ in 0..<3 {
                #expect(await client.next()?.opcode == 9)
                client.send(frame: 0x8A, ByteBuffer())
            }
        }
    }

    @Test func withoutPongsTheConnectionEnds() async throws {
        try await LiveServer.with(
            configure: {
                $0.pingInterval = .milliseconds(20)
                $0.pingTimeout = .milliseconds(20)
            },
            prepare: Self.prepare
        ) { server in
            let client = try await RawClient.open(server.port, "/words")
            #expect(await client.text() == "welcome")
            #expect(await client.next()?.opcode == 9)
            #expect(await client.next() == nil)
        }
    }

    @Test func middlewareJudgesBothDoors() async throws {
        try await LiveServer.with(prepare: { server in
            Self.prepare(server)
            server.namespace.use { socket in
                if socket.handshake.query["key"] != "right" { throw ConnectionRefusal("wrong key", data: ["code": 7]) }
            }
            server.namespace.use { _ in await Task.yield() }
        }) { server in
            let right = try await RawClient.open(server.port, "/words?key=right")
            right.send("join \"room\"")
            #expect(await right.text() == "welcome")
            #expect(await right.text() == "ok true")
            let wrong = try await RawClient.open(server.port, "/words?key=no")
            wrong.send("join \"room\"")
            #expect(await wrong.text() == "refused wrong key")
            #expect(await wrong.closeCode() == 1008)
            let socketIO = try await RawClient.open(server.port)
            _ = await socketIO.text()
            socketIO.send("40")
            #expect(await socketIO.text() == "44{\"message\":\"wrong key\",\"data\":{\"code\":7}}")
            socketIO.send("40")
            #expect(await socketIO.text()?.hasPrefix("44") == true)
            let admitted = try await RawClient.open(server.port, "/socket.io/?EIO=4&transport=websocket&key=right")
            _ = await admitted.text()
            admitted.send("40")
            #expect(await admitted.text()?.hasPrefix("40{\"sid\":") == true)
            #expect(server.socketIO.namespace.socketCount == 2)
            #expect(server.socketIO.namespace.socketCount(in: "room") == 1)
        }
    }

    @Test func plainRequestsAreToldToUpgrade() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let client = try await RawClient.open(server.port, "/words", headers: "")
            #expect(client.response.hasPrefix("HTTP/1.1 426 "))
            #expect(client.response.contains("Sec-WebSocket-Version: 13"))
        }
    }
}
