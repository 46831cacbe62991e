import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import SocketIO

/// The server that protocol suites and benchmarks talk to: a bare Engine.IO echo on `/engine.io/`, and the handlers of
/// the official Socket.IO suite on `/socket.io/`. For tests only.
@main
struct Conformance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "socketio-conformance",
        abstract: "Serve the fixture of the protocol suites on 127.0.0.1."
    )

    @Option(help: "0 takes any free port.")
    var port = 3000
    @Option(help: "Milliseconds.")
    var pingInterval = 300
    @Option(help: "Milliseconds.")
    var pingTimeout = 200
    @Option(help: "Milliseconds.")
    var connectTimeout = 1000
    @Option(help: "Milliseconds.")
    var upgradeTimeout = 10_000
    @Option(help: "Bytes.")
    var maxPayload = 1_000_000
    @Option(help: "Which pages may connect: any, same-host, or one origin; may be repeated.")
    var origin: [String] = ["any"]
    @Flag(inversion: .prefixedNo, help: "HTTP polling.")
    var polling = true
    @Flag(inversion: .prefixedNo, help: "From polling to WebSocket.")
    var upgrade = true
    @Option(help: "Open connections, in all and of one address.")
    var maxConnections = 20_000
    @Option(help: "Messages that may wait for one client.")
    var outboundMessages = 1024
    @Option(help: "Bytes that may wait for one client.")
    var outboundBytes = 1_048_576
    @Option(help: "The kernel's send buffer of each client, bytes; 0 leaves the system's choice.")
    var sendBuffer = 65_536
    @Option(help: "Events per second from one client; 0 means no limit.")
    var events = 0
    @Option(help: "Seconds for which clients may come back after their connection broke; 0 turns recovery off.")
    var recovery = 0.0
    @Option(help: "Events kept for recovery.")
    var recoveryEvents = 10_000
    @Flag(inversion: .prefixedNo, help: "Whether who comes back passes by the middleware.")
    var recoverySkipsMiddleware = true
    @Option(help: "Send state:track_position to the room \"playlists\" so often per second.")
    var hz = 0.0

    func run() async throws {
        var logger = Logger(label: "socketio-conformance")
        logger.logLevel = .notice
        let server = SocketIOServer(configuration: settings, logger: logger)
        server.addEngineIOEndpoint(path: "/engine.io/") { client, message in client.send(message) }
        server.addWebSocketEndpoint(path: "/echo", format: EchoFormat(), namespace: server.of("/echo"))
        SuiteHandlers.register(on: server)
        if recovery > 0 { RecoveryHandlers.register(on: server) }
        RoomHandlers.register(on: server.namespace)
        // Two cases of the suites send on two connections at once and count on the order of sending.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.configureHTTP1(channel: channel) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        print("listening on \(listener.localAddress?.port ?? 0)")
        flushOutput()
        if hz > 0 { Positions(server.namespace).start(on: group.next(), hz: hz) }
        try await listener.closeFuture.get()
    }

    private var settings: SocketIOConfiguration {
        var settings = SocketIOConfiguration()
        settings.pingInterval = .milliseconds(pingInterval)
        settings.pingTimeout = .milliseconds(pingTimeout)
        settings.connectTimeout = .milliseconds(connectTimeout)
        settings.upgradeTimeout = .milliseconds(upgradeTimeout)
        settings.maxPayload = maxPayload
        settings.origins =
            switch origin.last {
            case "any", nil: .any
            case "same-host": .sameHost
            default: .listed(Set(origin.filter { $0 != "any" }))
            }
        settings.allowsPolling = polling
        settings.allowsUpgrade = upgrade
        settings.maxConnections = maxConnections
        settings.maxConnectionsPerAddress = maxConnections
        settings.outboundLimitMessages = outboundMessages
        settings.outboundLimitBytes = outboundBytes
        settings.sendBufferBytes = sendBuffer
        settings.inboundEventsPerSecond = events
        if recovery > 0 {
            var bounds = ConnectionStateRecovery()
            bounds.maxDisconnectionDuration = .milliseconds(Int64(recovery * 1000))
            bounds.maxEvents = recoveryEvents
            bounds.skipsMiddleware = recoverySkipsMiddleware
            settings.connectionStateRecovery = bounds
        }
        return settings
    }
}
