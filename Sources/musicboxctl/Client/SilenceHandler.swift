import NIOCore

/// Ends a connection on which nothing moved for the time that the `IdleStateHandler` before it allows.
final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.fireErrorCaught(HTTPFailure.silence)
        context.close(promise: nil)
    }
}
