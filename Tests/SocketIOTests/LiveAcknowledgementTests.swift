import NIOCore
import SocketIO
import Testing

/// Questions to many.
@Suite(.timeLimit(.minutes(1)))
struct LiveAcknowledgementTests {
    private static func joined(_ count: Int, _ server: LiveServer) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count {
            let client = try await RawClient.connect(server.port)
            client.send("420[\"join\"]")
            #expect(await client.text() == "430[true]")
            clients.append(client)
        }
        return clients
    }

    private static func prepare(_ server: SocketIOServer) {
        server.namespace.on("join") { socket, _ in [socket.join("room")] }
    }

    /// The number under which the event is to be acknowledged.
    private static func number(_ event: String?) -> String {
        String(event?.dropFirst(2).prefix { $0 != "[" } ?? "")
    }

    @Test func everyoneAnswers() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let clients = try await Self.joined(3, server)
            _ = try await RawClient.connect(server.port)
            async let answers = server.socketIO.namespace.to("room").emitWithAck("q", 1, timeout: .seconds(50))
            for (number, client) in clients.enumerated() {
                let event = await client.text()
                #expect(event?.hasSuffix("[\"q\",1]") == true)
                client.send("43\(Self.number(event))[\(number)]")
                // Again, under a number that nobody knows, and somebody else's answer.
                client.send("43\(Self.number(event))[9]")
                client.send("431[9]")
            }
            let result = try await answers
            #expect(result.missing.isEmpty)
            #expect(try result.answers.map { try $0.arguments.decode(Int.self) }.sorted() == [0, 1, 2])
            #expect(Set(result.answers.map(\.sid)) == Set(server.socketIO.namespace.to("room").sockets().map(\.id)))
        }
    }

    @Test func whoLeavesAndWhoIsSilent() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let clients = try await Self.joined(3, server)
            async let answers = server.socketIO.namespace.to("room").emitWithAck("q", timeout: .milliseconds(300))
            let event = await clients[0].text()
            clients[0].send("43\(Self.number(event))[]")
            _ = await clients[1].text()
            await clients[1].close()
            let result = try await answers
            #expect(result.answers.count == 1 && result.missing.count == 2)
            // Too late: nobody waits for it, and nothing breaks.
            clients[2].send("43\(Self.number(await clients[2].text()))[]")
            clients[2].send("420[\"join\"]")
            #expect(await clients[2].text() == "430[true]")
        }
    }

    @Test func nobodyIsThere() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let result = try await server.socketIO.namespace.to("room").emitWithAck("q", timeout: .seconds(50))
            #expect(result.answers.isEmpty && result.missing.isEmpty)
        }
    }

    @Test func everyoneButOne() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let left = try await Self.joined(1, server)[0]
            let first = try #require(server.socketIO.namespace.sockets.first)
            let asked = try await Self.joined(1, server)[0]
            async let answers = server.socketIO.namespace.everyone.except(first).emitWithAck("q", timeout: .seconds(50))
            asked.send("43\(Self.number(await asked.text()))[1]")
            server.socketIO.namespace.emit("after")
            #expect(await left.text() == "42[\"after\"]", "it heard no question before")
            #expect(try await answers.answers.map(\.sid) != [first.id])
        }
    }

    @Test func cancelled() async throws {
        try await LiveServer.with(prepare: Self.prepare) { server in
            let clients = try await Self.joined(1, server)
            let question = Task {
                try await server.socketIO.namespace.to("room").emitWithAck("q", timeout: .seconds(50))
            }
            let event = await clients[0].text()
            question.cancel()
            await #expect(throws: CancellationError.self) { try await question.value }
            clients[0].send("43\(Self.number(event))[]")
            // Cancelled before it began.
            let second = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await server.socketIO.namespace.to("room").emitWithAck("q", timeout: .seconds(50))
            }
            await #expect(throws: CancellationError.self) { try await second.value }
        }
    }

    @Test func whoOwesTooManyIsNotAsked() async throws {
        try await LiveServer.with(configure: { $0.maxPendingAcks = 1 }, prepare: Self.prepare) { server in
            let clients = try await Self.joined(1, server)
            let room = server.socketIO.namespace.to("room")
            async let first = room.emitWithAck("first", timeout: .seconds(50))
            let event = await clients[0].text()
            let second = try await room.emitWithAck("second", timeout: .seconds(50))
            #expect(second.answers.isEmpty && second.missing.count == 1)
            clients[0].send("43\(Self.number(event))[]")
            #expect(try await first.answers.count == 1)
            room.emit("after")
            #expect(await clients[0].text() == "42[\"after\"]")
        }
    }
}
