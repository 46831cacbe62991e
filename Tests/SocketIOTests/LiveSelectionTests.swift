import NIOCore
import SocketIO
import Testing

/// Who gets what, and namespaces that come and go.
@Suite(.timeLimit(.minutes(1)))
struct LiveSelectionTests {
    private static func rooms(_ server: SocketIOServer) {
        server.namespace.on("join") { socket, arguments in
            for index in 0..<arguments.count { socket.join(try arguments.decode(String.self, at: index)) }
            return [socket.id]
        }
    }

    private static func member(_ port: Int, of rooms: String...) async throws -> (client: RawClient, id: String) {
        let client = try await RawClient.connect(port)
        client.send("421[\"join\"\(rooms.map { ",\"\($0)\"" }.joined())]")
        let answer = try #require(await client.text())
        return (client, String(answer.split(separator: "\"")[1]))
    }

    @Test func exceptRoomsAndSockets() async throws {
        try await LiveServer.with(prepare: Self.rooms) { server in
            let a = try await Self.member(server.port, of: "x")
            let b = try await Self.member(server.port, of: "x", "y")
            let c = try await Self.member(server.port)
            let namespace = server.socketIO.namespace
            namespace.to("x").except("y").emit("1")
            namespace.except("y").emit("2")
            namespace.except(a.id).emit("3")
            namespace.to("y").to(c.id).to("x").except("x").emit("4")
            namespace.emit("end")
            for (client, texts) in [(a.client, ["1", "2"]), (b.client, ["3"]), (c.client, ["2", "3", "4"])] {
                for text in texts + ["end"] { #expect(await client.text() == "42[\"\(text)\"]") }
            }
        }
    }

    @Test func selectionsOfSockets() async throws {
        try await LiveServer.with(prepare: Self.rooms) { server in
            let a = try await Self.member(server.port, of: "x")
            let b = try await Self.member(server.port, of: "x", "y")
            let c = try await Self.member(server.port)
            let namespace = server.socketIO.namespace
            #expect(Set(namespace.sockets.map(\.id)) == [a.id, b.id, c.id])
            #expect(namespace.to("x").except("y").sockets().map(\.id) == [a.id])
            namespace.except("x").join("z")
            #expect(namespace.to("z").sockets().map(\.id) == [c.id])
            namespace.to("x").leave("x")
            #expect(namespace.socketCount(in: "x") == 0)
            namespace.to("y").to("z").disconnect()
            #expect(await b.client.text() == "41")
            #expect(await c.client.text() == "41")
            namespace.to("y").emit("nobody")
            namespace.emit("end")
            #expect(await a.client.text() == "42[\"end\"]")
        }
    }

    @Test func namespacesByPredicate() async throws {
        try await LiveServer.with(prepare: { server in
            server.namespaces(where: { $0.hasPrefix("/box-") }) { namespace in
                namespace.use { socket in
                    if socket.handshake.auth != nil { throw ConnectionRefusal("no") }
                }
                namespace.onConnection { $0.emit("hello", namespace.name) }
            }
        }) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.text()
            for name in ["/box-1", "/box-2"] {
                client.send("40\(name),")
                #expect(await client.text()?.hasPrefix("40\(name),{\"sid\":") == true)
                #expect(await client.text() == "42\(name),[\"hello\",\"\(name)\"]")
            }
            client.send("40/other,")
            #expect(await client.text() == "44/other,{\"message\":\"Invalid namespace\"}")
            client.send("40/box-3,{}")
            #expect(await client.text() == "44/box-3,{\"message\":\"no\"}")
            client.send("41/box-1,")
            client.send("40/box-1,")
            #expect(await client.text()?.hasPrefix("40/box-1,{\"sid\":") == true)
        }
    }

    @Test func namespacesOfOneConnectionAreBounded() async throws {
        try await LiveServer.with(
            configure: { $0.maxNamespacesPerConnection = 2 },
            prepare: { $0.namespaces(where: { _ in true }) { _ in } }
        ) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.text()
            for name in ["/1", "/2"] {
                client.send("40\(name),")
                #expect(await client.text()?.hasPrefix("40\(name),") == true)
            }
            client.send("40/3,")
            #expect(await client.closeCode() == 1008)
        }
    }
}
