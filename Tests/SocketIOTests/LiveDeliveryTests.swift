import NIOCore
import NIOPosix
import SocketIO
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LiveDeliveryTests {
    /// Joins the room that the client names and says so.
    private static func rooms(_ server: SocketIOServer) {
        server.namespace.on("join") { socket, arguments in
            [socket.join(try arguments.decode(String.self))]
        }
        server.namespace.on("leave") { socket, arguments in
            socket.leave(try arguments.decode(String.self))
            return []
        }
        server.namespace.on("shout") { socket, arguments in
            socket.to("room").emit("shout", forwarding: arguments)
            return []
        }
    }

    /// Connects and joins `room`.
    private static func member(_ port: Int, of room: String = "room") async throws -> RawClient {
        let client = try await RawClient.connect(port)
        client.send("421[\"join\",\"\(room)\"]")
        #expect(await client.text() == "431[true]")
        return client
    }

    @Test func roomsGetWhatIsTheirs() async throws {
        try await LiveServer.with(prepare: Self.rooms) { server in
            let (a, b) = (try await Self.member(server.port), try await Self.member(server.port))
            let c = try await Self.member(server.port, of: "other")
            server.socketIO.namespace.to("room").emit("one", 1)
            server.socketIO.namespace.emit("all")
            server.socketIO.namespace.to("room").to("other").emit("union", json: ByteBuffer(string: "{\"a\":1.0}"))
            for client in [a, b] {
                #expect(await client.text() == "42[\"one\",1]")
                #expect(await client.text() == "42[\"all\"]")
                #expect(await client.text() == "42[\"union\",{\"a\":1.0}]")
            }
            #expect(await c.text() == "42[\"all\"]")
            #expect(await c.text() == "42[\"union\",{\"a\":1.0}]")
            a.send("422[\"shout\",\"hi\"]")
            #expect(await b.text() == "42[\"shout\",\"hi\"]")
            #expect(await a.text() == "432[]")
            b.send("423[\"leave\",\"room\"]")
            #expect(await b.text() == "433[]")
            #expect(server.socketIO.namespace.socketCount(in: "room") == 1)
        }
    }

    @Test func whatTheConnectionHandlerSendsComesFirst() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        try await LiveServer.with(prepare: { server in
            server.namespace.onConnection { socket in
                gate.continuation.yield()
                for await _ in gate.stream.dropFirst().prefix(1) {}
                socket.emit("hello")
            }
        }) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.next()
            client.send("40")
            #expect(await client.text()?.hasPrefix("40") == true)
            server.socketIO.namespace.emit("early")
            client.send("42[\"unheard\"]")
            gate.continuation.yield()
            #expect(await client.text() == "42[\"hello\"]")
            #expect(await client.text() == "42[\"early\"]")
        }
    }

    /// Many emitters on many threads, clients on several loops: each client sees each emitter's events in order, and
    /// all clients see the events of the room in the same order.
    @Test func order() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        try await LiveServer.with(loops: loops, prepare: Self.rooms) { server in
            var clients: [RawClient] = []
            for _ in 0..<6 { clients.append(try await Self.member(server.port)) }
            let namespace = server.socketIO.namespace
            await withTaskGroup { group in
                for emitter in 0..<4 {
                    group.addTask {
                        for number in 0..<100 { namespace.to("room").emit("n", emitter, number) }
                    }
                }
            }
            var first: [String] = []
            for (index, client) in clients.enumerated() {
                var seen: [String] = []
                for _ in 0..<400 { seen.append(try #require(await client.text())) }
                for emitter in 0..<4 {
                    let own = seen.filter { $0.hasPrefix("42[\"n\",\(emitter),") }
                    #expect(own == (0..<100).map { "42[\"n\",\(emitter),\($0)]" })
                }
                if index == 0 { first = seen }
                #expect(seen == first)
            }
        }
        try await loops.shutdownGracefully()
    }

    @Test func aClientThatDoesNotReadDelaysNobodyAndIsClosed() async throws {
        let gone = AsyncStream.makeStream(of: DisconnectReason.self)
        try await LiveServer.with(
            configure: { $0.outboundLimitBytes = 200_000 },
            prepare: { server in
                Self.rooms(server)
                server.namespace.onDisconnect { gone.continuation.yield($1) }
            }
        ) { server in
            let reader = try await Self.member(server.port)
            let stuck = try await Self.member(server.port)
            try await stuck.channel.setOption(.autoRead, value: false).get()
            let text = String(repeating: "x", count: 10_000)
            var sent = 0
            // Until the kernel's buffers and then ours are full; the other client gets everything at once.
            while server.socketIO.clientCount == 2 {
                server.socketIO.namespace.to("room").emit("s", sent, text)
                #expect(await reader.text()?.hasPrefix("42[\"s\",\(sent),") == true)
                sent += 1
            }
            var reasons = gone.stream.makeAsyncIterator()
            #expect(await reasons.next() == .slowConsumer)
            server.socketIO.namespace.to("room").emit("still here")
            #expect(await reader.text() == "42[\"still here\"]")
        }
    }

    @Test func volatileMessagesShrinkToTheNewestForOneThatIsBehind() async throws {
        try await LiveServer.with(
            configure: { $0.sendBufferBytes = 16_384 },
            prepare: Self.rooms
        ) { server in
            let reader = try await Self.member(server.port)
            let stuck = try await Self.member(server.port)
            try await stuck.channel.setOption(.autoRead, value: false).get()
            let room = server.socketIO.namespace.to("room")
            let text = String(repeating: "x", count: 1000)
            let count = 5000
            for number in 0..<count {
                room.volatile(key: "p").emit("p", number, text)
                if number % 100 == 0 {
                    room.emit("s", number)
                    // In step with a client that reads, so that only the stuck one falls behind.
                    while let frame = await reader.text(), frame != "42[\"s\",\(number)]" {}
                }
            }
            room.emit("end")
            try await stuck.channel.setOption(.autoRead, value: true).get()
            var positions: [String] = []
            var states: [String] = []
            while let frame = await stuck.text(), frame != "42[\"end\"]" {
                if frame.hasPrefix("42[\"p\"") { positions.append(frame) } else { states.append(frame) }
            }
            #expect(states == stride(from: 0, to: count, by: 100).map { "42[\"s\",\($0)]" })
            #expect(positions.count < count)
            #expect(positions.last?.hasPrefix("42[\"p\",\(count - 1),") == true)
        }
    }

    @Test func aFullInboxStopsReadingAndLosesNothing() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let seen = Mutex<[Int]>([])
        try await LiveServer.with(
            configure: {
                $0.inboxLimit = 4
                $0.inboundEventsPerSecond = 0
                $0.pingInterval = .milliseconds(20)
            },
            prepare: { server in
                server.namespace.on("wait") { _, _ in
                    for await _ in gate.stream.prefix(1) {}
                    return []
                }
                server.namespace.on("n") { _, arguments in
                    let number = try arguments.decode(Int.self)
                    seen.withLock { $0.append(number) }
                    return [number]
                }
            }
        ) { server in
            let slow = try await RawClient.connect(server.port)
            slow.send("421[\"wait\"]")
            for number in 0..<500 { slow.send("42\(number + 2)[\"n\",\(number)]") }
            // Others are served meanwhile.
            let other = try await RawClient.connect(server.port)
            for _ in 0..<10 {
                while let text = await other.text(), text != "2" {}
                other.send("3")
            }
            #expect(seen.withLock { $0.isEmpty })
            gate.continuation.yield()
            var answers = 0
            while answers < 501, let text = await slow.text() {
                if text == "2" { slow.send("3") } else { answers += 1 }
            }
            #expect(answers == 501)
            #expect(seen.withLock { $0 } == Array(0..<500))
        }
    }

    @Test func aClientThatSendsTooFastIsReadLater() async throws {
        let count = Mutex(0)
        try await LiveServer.with(
            configure: { $0.inboundEventsPerSecond = 50 },
            prepare: { server in
                server.namespace.on("n") { _, arguments in
                    count.withLock { $0 += 1 }
                    return arguments.expectsAck ? [count.withLock { $0 }] : nil
                }
            }
        ) { server in
            let client = try await RawClient.connect(server.port)
            let start = ContinuousClock.now
            for _ in 0..<149 { client.send("42[\"n\"]") }
            client.send("421[\"n\"]")
            #expect(await client.text() == "431[150]")
            // 100 at once, then 50 a second. Only the lower bound is a promise.
            #expect(ContinuousClock.now - start >= .milliseconds(900))
        }
    }

    @Test func limits() async throws {
        try await LiveServer.with(
            configure: {
                $0.maxRoomsPerSocket = 2
                $0.maxNameBytes = 8
                $0.maxConnections = 2
                $0.maxPayload = 1000
            },
            prepare: Self.rooms
        ) { server in
            let client = try await Self.member(server.port, of: "1")
            for (room, answer) in [("2", true), ("3", false), ("1", true), ("123456789", false)] {
                client.send("421[\"join\",\"\(room)\"]")
                #expect(await client.text() == "431[\(answer)]")
            }
            let second = try await RawClient.open(server.port)
            let third = try await RawClient.open(server.port)
            #expect(third.response.hasPrefix("HTTP/1.1 503 "))
            _ = await second.next()
            second.send(String(repeating: "6", count: 1000))
            second.send(String(repeating: "6", count: 1001))
            #expect(await second.closeCode() == 1009)
            // Its place is free again, as soon as the server knows.
            var again = try await RawClient.open(server.port)
            while again.response.hasPrefix("HTTP/1.1 503 ") { again = try await RawClient.open(server.port) }
            #expect(again.response.hasPrefix("HTTP/1.1 101 "))
        }
    }

    @Test func acknowledgements() async throws {
        let sockets = AsyncStream.makeStream(of: Socket.self)
        try await LiveServer.with(
            configure: { $0.maxPendingAcks = 1 },
            prepare: { $0.namespace.onConnection { sockets.continuation.yield($0) } }
        ) { server in
            let client = try await RawClient.connect(server.port)
            var arrivals = sockets.stream.makeAsyncIterator()
            let socket = try #require(await arrivals.next())
            #expect(server.socketIO.namespace.socket(socket.id) === socket)
            let timeout = await #expect(throws: SocketIOError.self) {
                try await socket.emitWithAck("a", timeout: .milliseconds(1))
            }
            #expect(timeout?.code == .ackTimeout)
            #expect(await client.text() == "420[\"a\"]")

            async let answer = socket.emitWithAck("b", 1, timeout: .seconds(60))
            #expect(await client.text() == "421[\"b\",1]")
            let tooMany = await #expect(throws: SocketIOError.self) {
                try await socket.emitWithAck("c", timeout: .seconds(60))
            }
            #expect(tooMany?.code == .tooManyPendingAcks)
            client.send("431[\"x\",2]")
            #expect(try await answer.decode(String.self) == "x")

            let cancelled = Task { try await socket.emitWithAck("d", timeout: .seconds(60)) }
            #expect(await client.text() == "423[\"d\"]")
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }

            let dropped = Task { try await socket.emitWithAck("e", timeout: .seconds(60)) }
            #expect(await client.text() == "424[\"e\"]")
            await client.close()
            await #expect(throws: SocketIOError.self) { try await dropped.value }
            let late = await #expect(throws: SocketIOError.self) {
                try await socket.emitWithAck("f", timeout: .seconds(60))
            }
            #expect(late?.code == .disconnected)
            #expect(!socket.join("x"))
            #expect(server.socketIO.namespace.socketCount == 0)
        }
    }

    @Test func handlersThatFailAndEventsWithoutHandler() async throws {
        struct Failure: Error {}
        try await LiveServer.with(prepare: { server in
            server.namespace.on("fail") { _, _ in throw Failure() }
            server.namespace.onAny { _, event, arguments in arguments.expectsAck ? ["unknown \(event)"] : nil }
            server.namespace.onError { _, event, error in ["\(event): \(type(of: error))"] }
        }) { server in
            let client = try await RawClient.connect(server.port)
            client.send("421[\"fail\"]")
            #expect(await client.text() == "431[\"fail: Failure\"]")
            client.send("42[\"what\"]")
            client.send("422[\"what\"]")
            #expect(await client.text() == "432[\"unknown what\"]")
        }
    }

    @Test func disconnecting() async throws {
        let gone = AsyncStream.makeStream(of: String.self)
        try await LiveServer.with(prepare: { server in
            server.namespace.onConnection { socket in
                socket[Name.self] = "n"
                socket.onDisconnect { gone.continuation.yield("\(socket[Name.self] ?? "") \($0)") }
            }
            server.namespace.on("kick") { socket, _ in
                socket.emit("bye")
                socket.disconnect()
                socket.emit("unheard")
                return nil
            }
            server.namespace.on("close") { socket, _ in
                socket.emit("bye")
                socket.disconnect(closingConnection: true)
                return nil
            }
        }) { server in
            var reasons = gone.stream.makeAsyncIterator()
            let client = try await RawClient.connect(server.port)
            client.send("42[\"kick\"]")
            #expect(await client.text() == "42[\"bye\"]")
            #expect(await client.text() == "41")
            #expect(await reasons.next() == "n serverDisconnect")
            client.send("40")
            #expect(await client.text()?.hasPrefix("40{") == true)
            client.send("42[\"close\"]")
            #expect(await client.text() == "42[\"bye\"]")
            #expect(await client.closeCode() == 1000)
            #expect(await reasons.next() == "n serverDisconnect")
            let second = try await RawClient.connect(server.port)
            second.send("41")
            #expect(await reasons.next() == "n clientDisconnect")
            let third = try await RawClient.connect(server.port)
            third.send(frame: 0x88, ByteBuffer(bytes: [0x0F, 0xA0]))
            #expect(await third.next()?.closeCode == 4000)
            #expect(await third.next() == nil)
            #expect(await reasons.next() == "n transportClose")
            let fourth = try await RawClient.connect(server.port)
            await fourth.close()
            #expect(await reasons.next() == "n transportClose")
        }
    }

    private enum Name: SocketDataKey { typealias Value = String }

    @Test func protocolViolationsGetTheirCode() async throws {
        try await LiveServer.with { server in
            for (first, payload, masked, code) in [
                (0x81, [0x36], false, 1002), (0xC1, [0x36], true, 1002), (0x83, [], true, 1002),
                (0x81, [0xFF], true, 1007), (0x88, [0x00], true, 1002), (0x80, [], true, 1002),
            ] as [(UInt8, [UInt8], Bool, UInt16)] {
                let client = try await RawClient.connect(server.port)
                client.send(frame: first, ByteBuffer(bytes: payload), masked: masked)
                #expect(await client.closeCode() == code)
            }
        }
    }

    @Test func webSocketPings() async throws {
        try await LiveServer.with { server in
            let client = try await RawClient.connect(server.port)
            client.send(frame: 0x89, ByteBuffer(string: "abc"))
            #expect(await client.next() == .init(opcode: 10, payload: ByteBuffer(string: "abc")))
            // A message in one frame's worth of fragments, with a ping in between.
            client.send(frame: 0x01, ByteBuffer(string: "4"))
            client.send(frame: 0x89, ByteBuffer())
            client.send(frame: 0x80, ByteBuffer(string: "1"))
            #expect(await client.next() == .init(opcode: 10, payload: ByteBuffer()))
            #expect(server.socketIO.clientCount == 1)
        }
    }

    @Test func shutdownWaitsForHandlersAndTakesNoMore() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let started = AsyncStream.makeStream(of: Void.self)
        let finished = Mutex(false)
        try await LiveServer.with(prepare: { server in
            server.namespace.on("work") { _, _ in
                started.continuation.yield()
                for await _ in gate.stream.prefix(1) {}
                finished.withLock { $0 = true }
                return nil
            }
        }) { server in
            let client = try await RawClient.connect(server.port)
            client.send("42[\"work\"]")
            for await _ in started.stream.prefix(1) {}
            async let end: Void = server.socketIO.shutdown()
            #expect(await client.closeCode() == 1001)
            #expect(!finished.withLock { $0 })
            gate.continuation.yield()
            await end
            #expect(finished.withLock { $0 })
            #expect(server.socketIO.clientCount == 0)
            let late = try await RawClient.open(server.port)
            #expect(late.response.hasPrefix("HTTP/1.1 503 "))
        }
    }
}
