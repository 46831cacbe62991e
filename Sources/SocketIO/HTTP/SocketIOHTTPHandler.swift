import NIOCore
import NIOHTTP1

/// Serves the paths of a ``SocketIOServer`` on one HTTP/1.1 connection, whatever the order of requests: polling, and
/// WebSockets that any request may ask for. Other requests pass through to the handlers behind it.
final class SocketIOHTTPHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What is done with the rest of the request that is being read.
    enum Reading {
        case head
        /// Somebody else's.
        case passing
        /// Ours; its head waits for the end of the body, which has no meaning.
        case skipping(then: Request)
        case body(ByteBuffer, Session, HTTPExchange)
        /// Answered before its end came.
        case ignored
        /// The bytes that follow are a WebSocket's.
        case upgraded
    }

    enum Request {
        case answer(HTTPAnswer)
        case open
        case poll(Session)
        case webSocket(SocketIOServer.WebSocketRequest)
    }

    let server: SocketIOServer
    let idle: IdleWatch
    let onUpgrade: @Sendable (any Channel) -> Void
    private let addOtherHandlers: @Sendable (any Channel) -> EventLoopFuture<Void>
    private(set) var context: ChannelHandlerContext?
    var reading: Reading = .head
    private var head: HTTPRequestHead?
    /// Our request that is not answered yet.
    var exchange: HTTPExchange?
    private var session: Session?
    /// Requests of others that are not answered yet.
    private var passed = 0
    private var hasOtherHandlers = false
    /// Whether the handlers of others are being added.
    private var isAdding = false
    /// Requests that came before the one in front of them was answered; then bytes of a WebSocket.
    var held: CircularBuffer<NIOAny> = []
    private var isReadHeld = false
    private var isReplaying = false
    var closesAfterAnswer = false

    init(
        server: SocketIOServer,
        idleTimeout: TimeAmount,
        onUpgrade: @escaping @Sendable (any Channel) -> Void,
        addOtherHandlers: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) {
        self.server = server
        idle = IdleWatch(timeout: idleTimeout)
        self.onUpgrade = onUpgrade
        self.addOtherHandlers = addOtherHandlers
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        idle.start(on: context.eventLoop) {
            guard self.isIdle else { return false }
            self.connectionLost()
            self.context?.close(promise: nil)
            return true
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        idle.stop()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        connectionLost()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where exchange != nil || !hasOtherHandlers:
            // Nobody who polls closes one half only: the client is gone.
            connectionLost()
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent where !hasOtherHandlers:
            closesAfterAnswer = true
            if exchange == nil { context.close(promise: nil) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if hasOtherHandlers, exchange == nil { return context.fireErrorCaught(error) }
        let isFirstWord = exchange == nil && error is HTTPParserError
        connectionLost()
        if isFirstWord {
            write(HTTPAnswer(status: .badRequest), closing: true)
        } else {
            context.close(promise: nil)
        }
    }

    private func connectionLost() {
        guard let exchange = exchange.take(), let session = session.take() else { return }
        session.lane.eventLoop.perform { session.polling?.lost(exchange) }
    }

    /// Nothing to do, or the client does not go on with its request.
    private var isIdle: Bool {
        switch reading {
        case .head: exchange == nil && passed == 0
        case .passing, .skipping, .body, .ignored: true
        case .upgraded: false
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isReplaying || !held.isEmpty || isAdding {
            held.append(data)
        } else if !take(data, context) {
            held.append(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// - Returns: False when this has to wait for an answer that is due.
    private func take(_ data: NIOAny, _ context: ChannelHandlerContext) -> Bool {
        if case .upgraded = reading { return false }
        idle.activity()
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard exchange == nil else { return false }
            guard server.handles(uri: head.uri) else { return pass(data, context) }
            guard passed == 0 else { return false }
            begin(head, context)
        case .body(let bytes):
            receive(bytes, data, context)
        case .end:
            finish(data, context)
        }
        return true
    }

    private func pass(_ data: NIOAny, _ context: ChannelHandlerContext) -> Bool {
        if hasOtherHandlers {
            reading = .passing
            passed += 1
            context.fireChannelRead(data)
            return true
        }
        isAdding = true
        let added = addOtherHandlers(context.channel).hop(to: context.eventLoop)
        added.assumeIsolated().whenComplete { result in
            self.isAdding = false
            guard let context = self.context else { return }
            guard case .success = result else { return context.close(promise: nil) }
            self.hasOtherHandlers = true
            self.replay()
        }
        // Done already.
        return hasOtherHandlers ? pass(data, context) : false
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        let exchange = HTTPExchange(self, eventLoop: context.eventLoop)
        self.exchange = exchange
        // NIO's decoder reads nothing behind a request for an upgrade.
        if head.headers.contains(name: "Upgrade") { closesAfterAnswer = true }
        switch server.judge(head, from: context.channel) {
        case .answer(let answer)
        where head.headers.contains(name: "Content-Length")
            || head.headers.contains(name: "Transfer-Encoding"):
            // Without waiting for a body that has no use.
            reading = .ignored
            self.answer(answer, to: exchange)
        case .answer(let answer):
            reading = .skipping(then: .answer(answer))
        case .open:
            reading = .skipping(then: .open)
        case .poll(let session):
            self.session = session
            reading = .skipping(then: .poll(session))
        case .webSocket(let request):
            reading = .skipping(then: .webSocket(request))
        case .post(let session):
            self.session = session
            let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            let isTooLong = length > server.configuration.maxPayload
            reading = .body(ByteBuffer(), session, exchange)
            if !isTooLong, head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
            {
                let response = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
            }
            session.lane.eventLoop.perform {
                guard session.polling?.beginPost(exchange) ?? false else { return }
                if isTooLong { session.polling?.cancelPost(exchange, HTTPAnswer(status: .payloadTooLarge)) }
            }
        }
    }

    private func receive(_ bytes: ByteBuffer, _ data: NIOAny, _ context: ChannelHandlerContext) {
        switch reading {
        case .passing: context.fireChannelRead(data)
        case .body(var body, let session, let exchange):
            // Without this the buffer has two owners, and grows by copying.
            reading = .ignored
            body.writeImmutableBuffer(bytes)
            guard body.readableBytes <= server.configuration.maxPayload else {
                return session.lane.eventLoop.perform {
                    session.polling?.cancelPost(exchange, HTTPAnswer(status: .payloadTooLarge))
                }
            }
            reading = .body(body, session, exchange)
        default: break
        }
    }

    private func finish(_ data: NIOAny, _ context: ChannelHandlerContext) {
        let reading = reading
        self.reading = .head
        switch reading {
        case .passing:
            context.fireChannelRead(data)
        case .body(let body, let session, let exchange):
            session.lane.eventLoop.perform { session.polling?.finishPost(exchange, body: body) }
        case .skipping(let request):
            guard let exchange else { return }
            perform(request, exchange, context)
        case .ignored:
            if exchange == nil, closesAfterAnswer { context.close(promise: nil) }
        case .head, .upgraded: break
        }
    }

    private func perform(_ request: Request, _ exchange: HTTPExchange, _ context: ChannelHandlerContext) {
        guard let head else { return }
        switch request {
        case .answer(let answer): self.answer(answer, to: exchange)
        case .open:
            session = server.openPolling(head, on: context.channel, answering: exchange)
            if session == nil { answer(.error(.tooManyConnections), to: exchange) }
        case .poll(let session):
            session.lane.eventLoop.perform {
                guard let polling = session.polling else { return exchange.answer(.error(.unknownSession)) }
                polling.poll(exchange)
            }
        case .webSocket(let request):
            upgrade(request, head, exchange, context)
        }
    }

    // MARK: Answers

    /// On the event loop of the connection.
    func answer(_ answer: HTTPAnswer, to exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        self.exchange = nil
        session = nil
        var isHalfRead = false
        switch reading {
        case .body, .skipping:
            isHalfRead = true
            reading = .ignored
        case .ignored: isHalfRead = true
        case .head, .passing, .upgraded: break
        }
        // The rest of a body that nobody wants is read, but the connection is of no use behind it.
        let closes = closesAfterAnswer || head?.isKeepAlive == false || (isHalfRead && answer.status != .ok)
        closesAfterAnswer = closes
        write(answer, closing: closes && !isHalfRead)
        replay()
    }

    private func write(_ answer: HTTPAnswer, closing: Bool) {
        guard let context else { return }
        idle.activity()
        let closes = closing || closesAfterAnswer
        context.write(wrapOutboundOut(.head(answer.head(cors: server.cors(for: head), closing: closes))), promise: nil)
        if answer.body.readableBytes > 0, head?.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let bound = context.loopBound
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if closing { bound.value.close(promise: nil) }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .upgraded = reading {
            // Already a WebSocket's: until this handler is gone it stands in its way.
            context.write(data, promise: promise)
        } else if case .end = unwrapOutboundIn(data) {
            idle.activity()
            passed -= 1
            context.write(data, promise: promise)
            if passed == 0, !held.isEmpty { replay() }
        } else {
            context.write(data, promise: promise)
        }
    }

    private func replay() {
        guard !isReplaying, let context else { return }
        isReplaying = true
        while let data = held.first, !isAdding, take(data, context) { held.removeFirst() }
        isReplaying = false
        if held.isEmpty, isReadHeld {
            isReadHeld = false
            context.read()
        }
    }
}
