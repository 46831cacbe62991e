import MusicBoxAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A Socket.IO connection to the box over WebSocket, from the start (no polling): enough to listen to the box's events.
struct SocketClient: Sendable {
    typealias Connection = NIOAsyncChannel<SocketEvent, String>

    let server: ServerURL
    let timeout: TimeAmount

    /// The list of a big library in one message; far above the contract's maxPayload for clients.
    private static let maximumMessage = 16 * 1024 * 1024
    private static let path = "/socket.io/?EIO=4&transport=websocket"

    /// Connects, and calls `body` with the events of the box and with a way to send; the connection ends with it.
    ///
    /// - Throws: `CtlError` when no connection comes about, `SocketFailure` or an error of the channel when it is lost.
    func withConnection(
        _ body:
            @Sendable (NIOAsyncChannelInboundStream<SocketEvent>, NIOAsyncChannelOutboundWriter<String>) async throws ->
            Void
    ) async throws {
        let connection: Connection?
        do {
            connection = try await connect().get()
        } catch {
            throw failure(error)
        }
        guard let connection else {
            throw ConnectionFailure.notMusicbox(server, detail: "no WebSocket at /socket.io/")
        }
        try await connection.executeThenClose(body)
    }

    private func failure(_ error: any Error) -> CtlError {
        if error is NIOHTTPClientUpgradeError {
            return ConnectionFailure.notMusicbox(server, detail: "no WebSocket at /socket.io/")
        }
        return ConnectionFailure(error, server: server, timeout: timeout).ctlError
    }

    /// The future is nil when the server answers, but not with a WebSocket.
    private func connect() async throws -> EventLoopFuture<Connection?> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeout)
            .connect(host: server.host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture { try upgrade(channel) }
            }
    }

    private func upgrade(_ channel: any Channel) throws -> EventLoopFuture<Connection?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Connection?>(maxFrameSize: Self.maximumMessage) { channel, _ in
            channel.eventLoop.makeCompletedFuture { try Self.configure(channel, patience: timeout) }
        }
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: server.prefix + Self.path,
            headers: ["Host": server.authority, "User-Agent": "musicboxctl"]
        )
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Connection?>(
            upgradeRequestHead: head,
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededFuture(nil)
            }
        )
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The first packet often comes in one segment with the answer to the upgrade; the default would lose it.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline
        )
        // A server that takes the connection and says nothing.
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            channel.pipeline.fireErrorCaught(HTTPFailure.silence)
            channel.close(promise: nil)
        }
        upgraded.whenComplete { _ in deadline.cancel() }
        return upgraded
    }

    private static func configure(_ channel: any Channel, patience: TimeAmount) throws -> Connection {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: 4096,
                maxAccumulatedFrameSize: maximumMessage
            )
        )
        try pipeline.addHandler(SocketHandler(patience: patience))
        return try Connection(wrappingChannelSynchronously: channel)
    }
}
