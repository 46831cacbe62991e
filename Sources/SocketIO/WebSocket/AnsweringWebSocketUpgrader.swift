public import NIOCore
public import NIOHTTP1
import NIOWebSocket

/// A `NIOTypedWebSocketServerUpgrader` that answers the requests it refuses, and closes their connections.
///
/// NIO's typed upgrade handler drops the head of a request whose upgrade is refused, by `shouldUpgrade` or for a wrong
/// `Sec-WebSocket-Version`: nobody can answer it any more, and the client waits for ever.
public final class AnsweringWebSocketUpgrader<UpgradeResult: Sendable>: NIOTypedHTTPServerProtocolUpgrader {
    /// The HTTP response to a refused request.
    public struct Refusal: Sendable {
        /// The status.
        public var status: HTTPResponseStatus
        /// Headers, without those about length and connection.
        public var headers: HTTPHeaders
        /// The body.
        public var body: ByteBuffer

        /// - Parameters:
        ///   - status: The status.
        ///   - headers: Headers, without those about length and connection.
        ///   - body: The body.
        public init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    private let upgrader: NIOTypedWebSocketServerUpgrader<UpgradeResult>
    private let refusal: @Sendable (HTTPRequestHead) -> Refusal

    /// - Parameters:
    ///   - maxFrameSize: Largest frame that NIO's decoder lets pass, bytes. Of no meaning to ``SocketIOServer``, which
    ///     has its own.
    ///   - shouldUpgrade: Headers to add to the 101 response; nil refuses.
    ///   - upgradePipelineHandler: Adds its handlers to the upgraded channel.
    ///   - refusal: The response to a request that was refused or is no valid handshake.
    public init(
        maxFrameSize: Int = 1 << 14,
        shouldUpgrade: @escaping @Sendable (any Channel, HTTPRequestHead) -> EventLoopFuture<HTTPHeaders?>,
        upgradePipelineHandler:
            @escaping @Sendable (any Channel, HTTPRequestHead) -> EventLoopFuture<UpgradeResult>,
        refusal: @escaping @Sendable (HTTPRequestHead) -> Refusal
    ) {
        self.refusal = refusal
        upgrader = NIOTypedWebSocketServerUpgrader(
            maxFrameSize: maxFrameSize,
            shouldUpgrade: shouldUpgrade,
            upgradePipelineHandler: upgradePipelineHandler
        )
    }

    /// `websocket`
    public var supportedProtocol: String { upgrader.supportedProtocol }

    /// None that NIO should check: a request without them is answered, too.
    public var requiredUpgradeHeaders: [String] { [] }

    /// Headers of the 101 response; or answers the request, and fails when the connection is closed.
    public func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        upgrader.buildUpgradeResponse(
            channel: channel,
            upgradeRequest: upgradeRequest,
            initialResponseHeaders: initialResponseHeaders
        )
        .flatMapError { [refusal] error in
            let response = refusal(upgradeRequest)
            return HTTPRefusal.send(response.status, headers: response.headers, body: response.body, to: channel)
                .flatMapThrowing { _ in throw error }
        }
    }

    /// Hands the channel to the pipeline handler.
    public func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeResult> {
        upgrader.upgrade(channel: channel, upgradeRequest: upgradeRequest)
    }
}
