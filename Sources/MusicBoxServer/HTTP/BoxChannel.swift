import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import ServiceLifecycle
import SocketIO

/// One port for both: a connection whose first request asks for a WebSocket on the Socket.IO path is handed to the
/// `SocketIO` library, every other one to Hummingbird.
///
/// NIO negotiates an upgrade on the first request of a connection only; browsers and clients open a new connection for
/// a WebSocket, so nothing is lost by that.
struct BoxChannel: HTTPChannelHandler {
    typealias HTTPValue = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Negotiated: Sendable {
        case http(HTTPValue)
        /// The Socket.IO library owns the channel from here on.
        case socket
    }

    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
    }

    let responder: Responder
    let sockets: SocketIOServer
    let idleTimeout: Duration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (sockets, idleTimeout) = (sockets, idleTimeout)
        return channel.eventLoop.makeCompletedFuture {
            let upgrader = AnsweringWebSocketUpgrader<Negotiated>(
                shouldUpgrade: { channel, head in
                    sockets.handles(uri: head.uri)
                        ? sockets.shouldUpgrade(channel: channel, head: head)
                        : channel.eventLoop.makeSucceededFuture(nil)
                },
                upgradePipelineHandler: { channel, head in
                    sockets.upgraded(channel: channel, head: head).map { Negotiated.socket }
                },
                refusal: { head in
                    guard sockets.handles(uri: head.uri) else { return .init(status: .notFound) }
                    let (status, body) = sockets.errorResponse(head: head)
                    return .init(status: status, headers: sockets.errorHeaders(head: head), body: body)
                }
            )
            let upgrades = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                        try channel.pipeline.syncOperations.addHandler(
                            HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger)
                        )
                        return .http(
                            try HTTPValue(
                                wrappingChannelSynchronously: channel,
                                configuration: .init(isOutboundHalfClosureEnabled: true)
                            )
                        )
                    }
                }
            )
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration<Negotiated>(upgradeConfiguration: upgrades)
            // The asynchronous channel below does these itself.
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: configuration
            )
            return Value(negotiated: negotiated, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            // A future knows nothing of cancellation: who has not sent a whole head by the end is cut off.
            let negotiated = try await withTaskCancellationOrGracefulShutdownHandler {
                try await value.negotiated.get()
            } onCancelOrGracefulShutdown: {
                value.channel.close(mode: .all, promise: nil)
            }
            switch negotiated {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .socket: try await value.channel.closeFuture.get()
            }
        } catch {
            logger.debug("A connection ended before its first request", metadata: ["error": "\(error)"])
            value.channel.close(mode: .all, promise: nil)
        }
    }
}
