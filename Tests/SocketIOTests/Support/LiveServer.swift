import Logging
import NIOCore
import NIOPosix
import SocketIO

/// A real HTTP server on a free port of the loopback interface, with a Socket.IO server behind its upgrade.
struct LiveServer {
    let socketIO: SocketIOServer
    let port: Int
    private let listener: any Channel

    /// Runs `body` against a server, then shuts it down.
    ///
    /// - Parameter port: 0 takes any.
    static func with<Result>(
        port: Int = 0,
        loops: MultiThreadedEventLoopGroup = .singleton,
        configure: (inout SocketIOConfiguration) -> Void = { _ in },
        prepare: (SocketIOServer) -> Void = { _ in },
        _ body: (LiveServer) async throws -> Result
    ) async throws -> Result {
        var configuration = SocketIOConfiguration()
        // No ping and no timeout comes in between, however slow the machine; tests of these set their own.
        configuration.pingInterval = .seconds(3600)
        configuration.connectTimeout = .seconds(3600)
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let socketIO = SocketIOServer(configuration: configuration, logger: logger)
        prepare(socketIO)
        let server = try await LiveServer(socketIO, port: port, loops: loops)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private init(_ socketIO: SocketIOServer, port: Int, loops: MultiThreadedEventLoopGroup) async throws {
        self.socketIO = socketIO
        listener = try await ServerBootstrap(group: loops)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try socketIO.configureHTTP1(channel: channel) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        self.port = listener.localAddress?.port ?? 0
    }

    private func stop() async {
        try? await listener.close()
        await socketIO.shutdown()
    }
}
