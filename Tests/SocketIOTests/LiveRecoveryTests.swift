import NIOCore
import NIOPosix
import SocketIO
import Synchronization
import Testing

/// What cannot be seen from outside: the order of handlers over a broken connection, and acknowledgements.
@Suite(.timeLimit(.minutes(1)))
struct LiveRecoveryTests {
    private enum Name: SocketDataKey { typealias Value = String }

    private static func recovers(_ configuration: inout SocketIOConfiguration) {
        configuration.connectionStateRecovery = ConnectionStateRecovery()
    }

    /// `pid` of the CONNECT answer.
    private static func pid(_ connected: String?) -> String? {
        connected?.split(separator: "\"pid\":\"").dropFirst().first.map { String($0.prefix(20)) }
    }

    private static func offset(_ event: String?) -> String? {
        event?.dropLast(2).split(separator: "\"").last.map(String.init)
    }

    /// A client with an offset, and its secret.
    private static func connect(_ port: Int, auth: String = "") async throws -> (RawClient, pid: String, offset: String)
    {
        let client = try await RawClient.open(port)
        _ = await client.text()
        client.send("40\(auth)")
        let pid = try #require(Self.pid(await client.text()))
        return (client, pid, try #require(Self.offset(await client.text())))
    }

    @Test func handlersOfOneClientNeverOverlap() async throws {
        let log = Mutex<[String]>([])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await LiveServer.with(
            configure: Self.recovers,
            prepare: { server in
                server.namespace.onConnection { socket in
                    log.withLock { $0.append("connected \(socket.isRecovered) \(socket[Name.self] ?? "")") }
                    socket.emit("hello")
                }
                server.namespace.on("slow") { socket, _ in
                    for await _ in gate { break }
                    socket[Name.self] = "late"
                    log.withLock { $0.append("slow") }
                    return nil
                }
                server.namespace.onDisconnect { _, reason in log.withLock { $0.append(reason.rawValue) } }
            }
        ) { server in
            let (client, pid, offset) = try await Self.connect(server.port)
            client.send("42[\"slow\"]")
            // Its echo shows that the event before is with its handler.
            client.send(frame: 0x89, ByteBuffer())
            #expect(await client.next()?.opcode == 10)
            await client.close()
            while server.socketIO.clientCount > 0 { await Task.yield() }
            let again = try await RawClient.open(server.port)
            _ = await again.text()
            again.send("40{\"pid\":\"\(pid)\",\"offset\":\"\(offset)\"}")
            #expect(Self.pid(await again.text()) == pid)
            #expect(log.withLock { $0 } == ["connected false "])
            open.yield()
            #expect(await again.text()?.hasPrefix("42[\"hello\",") == true)
            #expect(
                log.withLock { $0 } == ["connected false ", "slow", "transport close", "connected true late"]
            )
        }
    }

    @Test func secondLoop() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        try await LiveServer.with(
            loops: loops,
            configure: Self.recovers,
            prepare: { server in
                server.namespace.onConnection { $0.emit("hello") }
            }
        ) { server in
            // Each connection lies on the other loop than the one before.
            var (client, pid, offset) = try await Self.connect(server.port)
            for round in 0..<20 {
                await client.close()
                while server.socketIO.clientCount > 0 { await Task.yield() }
                for number in 0..<10 { server.socketIO.namespace.emit("missed", round * 10 + number) }
                let again = try await RawClient.open(server.port)
                _ = await again.text()
                again.send("40{\"pid\":\"\(pid)\",\"offset\":\"\(offset)\"}")
                #expect(Self.pid(await again.text()) == pid)
                for number in 0..<10 {
                    #expect(await again.text()?.hasPrefix("42[\"missed\",\(round * 10 + number),") == true)
                }
                offset = try #require(Self.offset(await again.text()))
                client = again
            }
        }
        try await loops.shutdownGracefully()
    }

    private final class Weak: Sendable {
        let namespace = Mutex<(@Sendable () -> Namespace?)?>(nil)
        var isGone: Bool { namespace.withLock { $0.map { $0() == nil } ?? false } }
    }

    /// A namespace that was made on request waits for those who may come back, and not for ever.
    @Test func namespacesByPattern() async throws {
        let made = Weak()
        try await LiveServer.with(
            configure: {
                $0.connectionStateRecovery = ConnectionStateRecovery()
                $0.connectionStateRecovery?.maxDisconnectionDuration = .seconds(1)
            },
            prepare: { server in
                server.namespaces(where: { $0.hasPrefix("/x") }) { namespace in
                    made.namespace.withLock { $0 = { [weak namespace] in namespace } }
                    namespace.onConnection { $0.emit("hello") }
                }
            }
        ) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.text()
            client.send("40/x,")
            #expect(Self.pid(await client.text()) != nil)
            await client.close()
            while server.socketIO.clientCount > 0 { await Task.yield() }
            #expect(!made.isGone)
            while !made.isGone { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test func everyEmitHasAnOffset() async throws {
        try await LiveServer.with(
            configure: Self.recovers,
            prepare: { server in
                server.namespace.onConnection { socket in
                    socket.join("room")
                    socket.emit("a", SocketIOBinary(ByteBuffer(bytes: [1])))
                    socket.namespace.to("room").emit("b")
                    socket.namespace.to("room").volatile.emit("c")
                    socket.namespace.to("room").volatile(key: "k").emit("d")
                    socket.namespace.emit("e")
                }
                server.namespace.on("ask") { socket, arguments in
                    socket.emit("f", forwarding: arguments)
                    return ["answer"]
                }
            }
        ) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.text()
            client.send("40")
            _ = await client.text()
            let first = await client.text() ?? ""
            let prefix = try #require(Self.offset(first)).dropLast()
            #expect(first == "451-[\"a\",{\"_placeholder\":true,\"num\":0},\"\(prefix)0\"]")
            #expect(await client.next()?.opcode == 2)
            for text in ["[\"b\",\"\(prefix)1\"]", "[\"c\"]", "[\"d\"]", "[\"e\",\"\(prefix)2\"]"] {
                #expect(await client.text() == "42" + text)
            }
            client.send("425[\"ask\",true]")
            #expect(await client.text() == "42[\"f\",true,\"\(prefix)3\"]")
            #expect(await client.text() == "435[\"answer\"]")
        }
    }
}
