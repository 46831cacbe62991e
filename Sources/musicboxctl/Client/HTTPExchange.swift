import NIOCore
import NIOHTTP1

/// The receiving half of one request: gathers the answer of the server and hands it over once.
///
/// The first of these ends the exchange: a whole answer, an error of the channel, silence for the time that the
/// `IdleStateHandler` before it allows, or the server closing early.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// A list of 100 playlists is some 60 KB; 16 MiB is far above anything honest.
    static let maximumBody = 16 * 1024 * 1024

    private enum State {
        /// Can transition to `.body`, `.done`.
        case head
        /// Can transition to `.done`.
        case body(HTTPResponseHead, ByteBuffer)
        case done
    }

    private var state = State.head
    private let promise: EventLoopPromise<HTTPReply>

    init(promise: EventLoopPromise<HTTPReply>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .head):
            state = .body(head, ByteBuffer())
        case (.body(var part), .body(let head, var body)):
            guard body.readableBytes + part.readableBytes <= Self.maximumBody else {
                return finish(.failure(HTTPFailure.answerTooLarge), context: context)
            }
            state = .done
            body.writeBuffer(&part)
            state = .body(head, body)
        case (.end, .body(let head, let body)):
            finish(.success(HTTPReply(head: head, body: body)), context: context)
        default:
            break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        finish(.failure(HTTPFailure.silence), context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(error), context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(HTTPFailure.closedEarly), context: context)
    }

    /// The channel never became active: the connection failed, which the caller hears from the connecting.
    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.failure(HTTPFailure.closedEarly), context: context)
    }

    private func finish(_ result: Result<HTTPReply, any Error>, context: ChannelHandlerContext) {
        if case .done = state { return }
        state = .done
        promise.completeWith(result)
        context.close(promise: nil)
    }
}

/// The ways in which an exchange ends without an answer, beside those of the operating system.
enum HTTPFailure: Error {
    case silence
    case closedEarly
    case answerTooLarge
}
