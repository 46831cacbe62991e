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

/// One port for both: the `SocketIO` library has the connection and serves what is its own, polling and WebSockets; the
/// first other request brings Hummingbird in behind it.
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
        let negotiated = channel.eventLoop.makePromise(of: Negotiated.self)
        channel.closeFuture.whenComplete { _ in negotiated.fail(ChannelError.ioOnClosedChannel) }
        return channel.eventLoop.makeCompletedFuture {
            try sockets.configureHTTP1(
                channel: channel,
                idleTimeout: idleTimeout,
                onUpgrade: { _ in negotiated.succeed(.socket) },
                otherRequests: { channel in
                    let http = channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                        // Idle connections are closed in front of it: here nobody knows of polling.
                        try channel.pipeline.syncOperations.addHandler(
                            HTTPConnectionStateHandler(idleTimeout: nil, logger: logger)
                        )
                        return try HTTPValue(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)
                        )
                    }
                    http.map { Negotiated.http($0) }.cascade(to: negotiated)
                    return http.map { _ in }
                }
            )
            return Value(negotiated: negotiated.futureResult, channel: channel)
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
