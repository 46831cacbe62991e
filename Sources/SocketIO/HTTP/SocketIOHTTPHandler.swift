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
    private enum Reading {
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

    private enum Request {
        case answer(HTTPAnswer)
        case open
        case poll(Session)
        case webSocket(SocketIOServer.WebSocketRequest)
    }

    private let server: SocketIOServer
    private let idleTimeout: TimeAmount
    private let onUpgrade: @Sendable (any Channel) -> Void
    private let addOtherHandlers: @Sendable (any Channel) -> EventLoopFuture<Void>
    private var context: ChannelHandlerContext?
    private var reading: Reading = .head
    private var head: HTTPRequestHead?
    /// Our request that is not answered yet.
    private var exchange: HTTPExchange?
    private var session: Session?
    /// Requests of others that are not answered yet.
    private var passed = 0
    private var hasOtherHandlers = false
    /// Whether the handlers of others are being added.
    private var isAdding = false
    /// Requests that came before the one in front of them was answered; then bytes of a WebSocket.
    private var held: CircularBuffer<NIOAny> = []
    private var isReadHeld = false
    private var isReplaying = false
    private var closesAfterAnswer = false
    private var lastActivity: NIODeadline = .now()
    private var idleTimer: Scheduled<Void>?

    init(
        server: SocketIOServer,
        idleTimeout: TimeAmount,
        onUpgrade: @escaping @Sendable (any Channel) -> Void,
        addOtherHandlers: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) {
        self.server = server
        self.idleTimeout = idleTimeout
        self.onUpgrade = onUpgrade
        self.addOtherHandlers = addOtherHandlers
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastActivity = context.eventLoop.now
        scheduleIdleTimer(context, at: lastActivity + idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        idleTimer?.cancel()
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

    private func scheduleIdleTimer(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        idleTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard let context = self.context else { return }
            if self.isIdle, self.lastActivity + self.idleTimeout <= context.eventLoop.now {
                self.connectionLost()
                context.close(promise: nil)
            } else {
                self.scheduleIdleTimer(context, at: max(self.lastActivity, context.eventLoop.now) + self.idleTimeout)
            }
        }
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
        lastActivity = context.eventLoop.now
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
        lastActivity = context.eventLoop.now
        var headers = answer.headers
        if let head { server.addCORS(to: &headers, for: head) }
        if let type = answer.contentType { headers.add(name: "Content-Type", value: type) }
        headers.add(name: "Cache-Control", value: "no-store")
        if answer.status != .noContent {
            headers.add(name: "Content-Length", value: "\(answer.body.readableBytes)")
        }
        if closing || closesAfterAnswer { headers.add(name: "Connection", value: "close") }
        let responseHead = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
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
            lastActivity = context.eventLoop.now
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

    // MARK: WebSocket

    private func upgrade(
        _ request: SocketIOServer.WebSocketRequest,
        _ head: HTTPRequestHead,
        _ exchange: HTTPExchange,
        _ context: ChannelHandlerContext
    ) {
        let bound = context.loopBound
        WebSocketHandshake.headers(for: head, channel: context.channel).assumeIsolated().whenComplete { result in
            guard case .success(let headers) = result else {
                var answer = HTTPAnswer.error(.badRequest)
                // RFC 6455, section 4.4: who speaks another version is told ours.
                answer.headers.add(name: "Sec-WebSocket-Version", value: "13")
                let version = head.headers.first(name: "Sec-WebSocket-Version")
                if let version, version != "13" { answer.status = .upgradeRequired }
                self.closesAfterAnswer = true
                return self.answer(answer, to: exchange)
            }
            self.exchange = nil
            self.idleTimer?.cancel()
            self.reading = .upgraded
            self.switchProtocols(request, head, headers, bound.value)
        }
    }

    private func switchProtocols(
        _ request: SocketIOServer.WebSocketRequest,
        _ head: HTTPRequestHead,
        _ headers: HTTPHeaders,
        _ context: ChannelHandlerContext
    ) {
        let channel = context.channel
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        onUpgrade(channel)
        let pipeline = channel.pipeline.syncOperations
        var removals: [EventLoopFuture<Void>] = []
        if let encoder = try? pipeline.context(handlerType: HTTPResponseEncoder.self) {
            removals.append(pipeline.removeHandler(context: encoder))
        }
        if let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            removals.append(pipeline.removeHandler(context: decoder))
        }
        EventLoopFuture.andAllComplete(removals, on: context.eventLoop).assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            let transport = self.server.makeTransport(request, head, channel: channel)
            do {
                try pipeline.addHandler(transport, position: .after(self))
            } catch {
                return context.close(promise: nil)
            }
            for data in self.held { context.fireChannelRead(data) }
            if !self.held.isEmpty { context.fireChannelReadComplete() }
            self.held.removeAll()
            pipeline.removeHandler(context: context, promise: nil)
            channel.read()
        }
    }
}
