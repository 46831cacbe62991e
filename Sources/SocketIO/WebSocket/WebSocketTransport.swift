import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A session's WebSocket: bytes of the channel to packets of the session and back, and the closing of both.
///
/// Sits below NIO's frame encoder and reads and writes bytes: frames for many clients are made once, elsewhere, and
/// need no encoder. Confined to its channel's event loop.
final class WebSocketTransport: ChannelDuplexHandler, SessionTransport {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Can transition to: closing, closed.
        case open
        /// We have sent a close frame and wait for the client's. Can transition to: closed.
        case closing(timeout: Scheduled<Void>)
        /// The end: the TCP connection is closed or being closed.
        case closed
    }

    /// What it is for.
    enum Role {
        case carries(Session)
        /// Wants to take over from polling.
        case candidate(Session)
        /// To be closed.
        case nothing
    }

    private let configuration: SocketIOConfiguration
    private var role: Role
    private var parser: WebSocketParser
    private var context: ChannelHandlerContext?
    /// That of the context, which takes its time to find it.
    private var channel: (any Channel)?
    private var state: State = .open
    private var needsFlush = false
    private var direct: DirectWriter?
    /// Frames that the channel has not sent yet, because the kernel did not take them: what follows waits behind them.
    private var handedOver = 0
    private var isReadHeld = false
    /// The client has said goodbye or violated the protocol: its bytes have no meaning any more.
    private var isDeaf = false
    /// The newest ping of a client that does not read our answers; RFC 6455 allows to answer only this one.
    private var heldPong: ByteBuffer?

    init(_ role: Role, configuration: SocketIOConfiguration) {
        self.role = role
        self.configuration = configuration
        parser = WebSocketParser(maxPayload: configuration.maxPayload)
    }

    private var session: Session? {
        if case .carries(let session) = role { session } else { nil }
    }

    /// No more packets for the session, and none from it.
    private func leaveSession() -> Role {
        defer { role = .nothing }
        return role
    }

    // MARK: For the session

    var isWritable: Bool {
        direct != nil ? handedOver == 0 : context?.channel.isWritable ?? false
    }

    func write(_ message: OutboundMessage) {
        write(message.frames)
    }

    func ping() {
        write(WebSocketFrame.ping())
    }

    private func write(_ frame: ByteBuffer) {
        guard case .open = state, let context else { return }
        needsFlush = true
        if direct == nil {
            context.write(wrapOutboundOut(frame), promise: nil)
        } else if handedOver > 0 {
            handOver(frame, context)
        } else {
            direct?.append(frame)
            if direct?.isFull == true { flushDirect() }
        }
    }

    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        flushDirect()
        if direct == nil || handedOver > 0 { context?.flush() }
    }

    private func flushDirect() {
        guard direct?.isEmpty == false, let context else { return }
        // An inactive channel has closed the descriptor.
        guard channel?.isActive == true else {
            _ = direct?.takeAll()
            return
        }
        guard case .left(let frames) = direct?.flush() else { return }
        for frame in frames { handOver(frame, context) }
        context.flush()
    }

    private func handOver(_ frame: ByteBuffer, _ context: ChannelHandlerContext) {
        handedOver += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.handedOver -= 1
            if self.handedOver == 0 { self.continueWriting() }
        }
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    private func continueWriting() {
        if let pong = heldPong.take() {
            write(WebSocketFrame.pong(pong))
            flush()
        }
        session?.drain()
    }

    /// The upgrade is done.
    func carry(_ session: Session) {
        role = .carries(session)
    }

    /// Sends a close frame, and ends the connection when the client has answered or `closeTimeout` is over.
    func close(_ reason: DisconnectReason, code: WebSocketCloseCode) {
        guard case .open = state, let context else { return }
        role = .nothing
        write(WebSocketFrame.close(code.rawValue))
        flush()
        state = closing(context)
        resumeReading()
    }

    private func closing(_ context: ChannelHandlerContext) -> State {
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.closeTimeout)) {
            self.closeChannel()
        }
        return .closing(timeout: timeout)
    }

    /// Ends the connection without waiting for anything.
    ///
    /// - Parameter withReset: Frees what the kernel still holds for a client that does not read, instead of offering
    ///   it for minutes more.
    func abort(withReset: Bool) {
        role = .nothing
        if withReset, let socket = context?.channel as? any SocketOptionProvider {
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        closeChannel()
    }

    func resumeReading() {
        guard let context else { return }
        parseReceived()
        flush()
        guard isReadHeld, session?.isReadingPaused != true else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
        setOptions(of: context.channel)
        direct = DirectWriter(context.channel)
        switch role {
        case .carries(let session):
            session.start(on: self)
        case .candidate(let session):
            if !session.attach(self) { close(.transportClose, code: .normal) }
        case .nothing:
            close(.transportClose, code: .normal)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        channel = nil
        part(.transportClose)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .closed = state { return }
        if isDeaf { return }
        parser.append(unwrapInboundIn(data))
        parseReceived()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    /// Back-pressure: while the session is busy nothing more is read, and TCP tells the client to wait.
    func read(context: ChannelHandlerContext) {
        if session?.isReadingPaused == true {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if direct == nil, context.channel.isWritable { continueWriting() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Servers that allow half-closed connections report the end of input here; a WebSocket has no use for half.
        if event as? ChannelEvent == .inputClosed { abort(.transportClose) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        abort(.transportClose)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        abort(.transportError)
    }

    // MARK: Frames

    private func parseReceived() {
        do {
            while !isDeaf, session?.isReadingPaused != true, parser.holdsBytes {
                guard let event = try parser.next() else { return }
                handle(event)
                if case .closed = state { return }
            }
        } catch {
            isDeaf = true
            part(.transportError, code: error)
            endOutput()
        }
    }

    /// RFC 6455 §7.1.1: what the client still sends is read until it hangs up, though it has no meaning any more: closing
    /// on unread bytes would reset the connection and could destroy our close frame on its way.
    private func endOutput() {
        context?.close(mode: .output, promise: nil)
    }

    private func handle(_ event: WebSocketParser.Event) {
        if case .close(let code) = event { return peerClosed(code) }
        guard case .open = state else { return }
        switch role {
        case .carries(let session): handle(event, of: session)
        case .candidate(let session): handle(event, ofCandidateFor: session)
        case .nothing: break
        }
    }

    private func handle(_ event: WebSocketParser.Event, of session: Session) {
        session.countFrame()
        switch event {
        case .text(let payload): session.received(text: payload)
        case .binary(let payload): session.received(.binary(payload))
        case .ping(let payload):
            if isWritable { write(WebSocketFrame.pong(payload)) } else { heldPong = payload }
        case .pong:
            if !session.endpoint.usesEngineIO { session.received(.pong) }
        case .close: break
        }
    }

    private func handle(_ event: WebSocketParser.Event, ofCandidateFor session: Session) {
        switch event {
        case .text(let payload):
            session.received(text: payload, from: self)
            flush()
        case .binary:
            session.detach(self)
            close(.transportError, code: .policyViolation)
        case .ping(let payload): write(WebSocketFrame.pong(payload))
        case .pong, .close: break
        }
    }

    private func peerClosed(_ code: UInt16?) {
        // The answer echoes the client's code, and the server is the one to end TCP.
        write(WebSocketFrame.close(code))
        flush()
        if case .open = state, let context { state = closing(context) }
        isDeaf = true
        part(leaveSession(), .transportClose)
        endOutput()
    }

    // MARK: The end

    private func abort(_ reason: DisconnectReason) {
        let role = leaveSession()
        closeChannel()
        part(role, reason)
    }

    private func part(_ reason: DisconnectReason, code: WebSocketCloseCode? = nil) {
        // The session closes this, which then forgets the session.
        part(role, reason, code: code)
        if case .candidate = role { close(reason, code: code ?? .normal) }
        role = .nothing
    }

    private func part(_ role: Role, _ reason: DisconnectReason, code: WebSocketCloseCode? = nil) {
        switch role {
        case .carries(let session): session.close(reason, code: code)
        case .candidate(let session): session.detach(self)
        case .nothing: break
        }
    }

    private func closeChannel() {
        if case .closed = state { return }
        if case .closing(let timeout) = state { timeout.cancel() }
        state = .closed
        heldPong = nil
        context?.close(promise: nil)
    }

    private func setOptions(of channel: any Channel) {
        guard let options = channel.syncOptions else { return }
        // Not every channel has them all (tests run on embedded ones); none is worth refusing a client for.
        if configuration.sendBufferBytes > 0 {
            try? options.setOption(.socketOption(.so_sndbuf), value: .init(configuration.sendBufferBytes))
        }
        #if os(Linux)
            // TCP_NOTSENT_LOWAT: the kernel takes only this much beyond what is on the wire. The rest waits in our queue,
            // where an outdated position can still be replaced.
            try? options.setOption(.tcpOption(.init(rawValue: 25)), value: 8192)
        #endif
        // Little in NIO's own buffer, for the same reason. "Writable" then means: nothing waits.
        try? options.setOption(.writeBufferWaterMark, value: .init(low: 1, high: 4096))
    }
}
