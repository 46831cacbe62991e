import Logging
import NIOCore
import NIOPosix
import SocketIO
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The example of the README, as it stands there.
@Suite(.timeLimit(.minutes(1)))
struct ReadmeTests {
    @Test func example() async throws {
        let port = 0
        let io = SocketIOServer(logger: Logger(label: "chat"))
        io.namespace.onConnection { socket in
            socket.join("news")
            socket.emit("welcome", ["sid": socket.id])
        }
        io.namespace.on("say") { socket, arguments in
            let text = try arguments.decode(String.self)
            socket.to("news").emit("said", text)  // all others in the room
            return ["ok"]  // the acknowledgement, when the client wants one
        }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try io.configureHTTP1(channel: channel) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        let bound = try #require(listener.localAddress?.port)
        let (ada, bob) = (try await RawClient.connect(bound), try await RawClient.connect(bound))
        for client in [ada, bob] { #expect(await client.text()?.hasPrefix("42[\"welcome\",{\"sid\":") == true) }
        ada.send("421[\"say\",\"hello\"]")
        #expect(await ada.text() == "431[\"ok\"]")
        #expect(await bob.text() == "42[\"said\",\"hello\"]")
        try await listener.close()
        await io.shutdown()
    }

    /// Nobody copies by hand without mistakes.
    @Test func exampleStandsInTheReadme() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
            separator: "/"
        )
        let readme = try String(contentsOfFile: folder + "/Sources/SocketIO/README.md", encoding: .utf8)
        let parts = readme.split(separator: "```", omittingEmptySubsequences: false)
        let example = try #require(parts.first { $0.hasPrefix("swift\n") }).dropFirst("swift\n".count)
        #expect(example.split(separator: "\n").count <= 20)
        for line in example.split(separator: "\n") {
            #expect(source.contains("\n        \(line)\n"), "only in the README: \(line)")
        }
    }
}
