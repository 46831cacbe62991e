import Logging
import NIOCore
import NIOHTTP1

/// One client: its transport, its heartbeat, what waits for it and for its handlers. What its packets mean is its
/// dialect's.
///
/// `@unchecked Sendable`: all that can change here is touched on `lane.eventLoop` alone. Other threads only hold
/// references, and send them back to the loop through `lane`.
final class Session: @unchecked Sendable {
    private struct Pauses: OptionSet {
        let rawValue: UInt8
        /// Handlers have too much to do.
        static let inbox = Pauses(rawValue: 1)
        /// The client sends faster than it may.
        static let rate = Pauses(rawValue: 2)
    }

    let id = RandomIdentifier.make()
    let lane: Lane
    let server: SocketIOServer
    /// The request that opened the session.
    let head: HTTPRequestHead
    let remoteAddress: SocketAddress?
    let dialect: any Dialect
    private var heartbeat: HeartbeatMachine
    private var queue: OutboundQueue
    private var limiter: TokenBucket
    private var transport: (any SessionTransport)?
    private var inbox: Inbox?
    private var pauses: Pauses = []
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var isTouched = false
    private var isDraining = false

    init(server: SocketIOServer, lane: Lane, head: HTTPRequestHead, remoteAddress: SocketAddress?, dialect: any Dialect)
    {
        let configuration = server.configuration
        let now = lane.eventLoop.now
        self.server = server
        self.lane = lane
        self.head = head
        self.remoteAddress = remoteAddress
        self.dialect = dialect
        heartbeat = HeartbeatMachine(
            pingInterval: TimeAmount(configuration.pingInterval),
            pingTimeout: TimeAmount(configuration.pingTimeout),
            now: now
        )
        queue = OutboundQueue(
            limitBytes: configuration.outboundLimitBytes,
            limitMessages: configuration.outboundLimitMessages
        )
        limiter = TokenBucket(rate: configuration.inboundEventsPerSecond, now: now)
        inbox = Inbox(limit: configuration.inboxLimit, tracker: server.handlers) { [weak self] in
            guard let self else { return }
            self.lane.post(.perform { self.resume(.inbox) })
        }
    }

    /// The transport is in place: opens the session.
    func start(on transport: any SessionTransport) {
        self.transport = transport
        if dialect.usesEngineIO {
            transport.write(EngineHandshake.message(sid: id, upgrades: [], configuration: server.configuration))
        }
        dialect.opened(self)
        transport.flush()
        scheduleTimer()
    }

    // MARK: From the client

    var isReadingPaused: Bool { !pauses.isEmpty }

    /// Counts one frame; reading is paused when there are too many.
    func countFrame() {
        guard let retry = limiter.take(now: lane.eventLoop.now) else { return }
        pauses.insert(.rate)
        lane.eventLoop.scheduleTask(deadline: retry) { [weak self] in self?.resume(.rate) }
    }

    /// A text frame.
    func received(text: ByteBuffer) {
        received(dialect.usesEngineIO ? EnginePacket(text: text) : .text(text))
    }

    func received(_ packet: EnginePacket) {
        switch heartbeat.received(packet, now: lane.eventLoop.now) {
        case .none: scheduleTimer()
        case .sendPing: break
        case .deliverText(let payload): dialect.received(text: payload, on: self)
        case .deliverBinary(let payload): dialect.received(binary: payload, on: self)
        case .close(let reason): close(reason)
        }
    }

    /// Work for the handlers; reading is paused when they have too much of it.
    func push(_ work: Inbox.Work) {
        if inbox?.push(work) == false { pauses.insert(.inbox) }
    }

    private func resume(_ pause: Pauses) {
        guard pauses.remove(pause) != nil, pauses.isEmpty else { return }
        transport?.resumeReading()
    }

    // MARK: To the client

    func send(_ message: OutboundMessage) {
        guard let transport else { return }
        if queue.isEmpty, transport.isWritable {
            transport.write(message)
        } else if queue.append(message) == .overflow {
            server.logger.info(
                "Closing a client that does not keep up",
                metadata: ["sid": "\(id)", "messages": "\(queue.count)", "bytes": "\(queue.bytes)"]
            )
            close(.slowConsumer)
        }
    }

    /// As ``send(_:)``; the caller flushes the sessions in `touched` when it has sent everything.
    func send(_ message: OutboundMessage, touched: inout [Session]) {
        send(message)
        guard !isTouched else { return }
        isTouched = true
        touched.append(self)
    }

    func flush() {
        isTouched = false
        transport?.flush()
    }

    /// The transport takes bytes again.
    func drain() {
        // Flushing makes the channel writable, which calls this again from inside of the flush: without the guard a
        // full queue would become as many stack frames.
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        while let transport, transport.isWritable, let message = queue.popFirst() {
            transport.write(message)
            while transport.isWritable, let more = queue.popFirst() { transport.write(more) }
            transport.flush()
        }
    }

    // MARK: Time

    func scheduleTimer() {
        guard let deadline = [heartbeat.deadline, dialect.deadline].compactMap({ $0 }).min() else { return }
        if let timer {
            // One that fires too early finds nothing due and schedules the next.
            guard deadline < timer.at else { return }
            timer.task.cancel()
        }
        let task = lane.eventLoop.scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            self.timer = nil
            self.timeReached()
        }
        timer = (deadline, task)
    }

    private func timeReached() {
        let now = lane.eventLoop.now
        dialect.timeReached(now, on: self)
        switch heartbeat.timeReached(now, isReadingPaused: isReadingPaused) {
        case .sendPing:
            if dialect.usesEngineIO { send(EngineHandshake.ping) } else { transport?.ping() }
            flush()
        case .close(let reason):
            close(reason)
        default:
            break
        }
        scheduleTimer()
    }

    // MARK: The end

    func close(_ reason: DisconnectReason, code: WebSocketCloseCode? = nil) {
        guard let transport else { return }
        self.transport = nil
        heartbeat.close()
        timer?.task.cancel()
        timer = nil
        server.remove(self)
        dialect.closed(reason, self)
        inbox = nil
        switch reason {
        case .slowConsumer: transport.abort(withReset: true)
        case .pingTimeout: transport.abort(withReset: false)
        default:
            while let message = queue.popFirst() { transport.write(message) }
            transport.close(code ?? reason.closeCode)
        }
        queue.removeAll()
    }

    /// A packet came that may not come; the reason is for people who read logs.
    func close(_ reason: DisconnectReason, because detail: String) {
        server.logger.debug(
            "Closing a connection",
            metadata: ["sid": "\(id)", "reason": "\(detail)", "address": "\(remoteAddress?.ipAddress ?? "?")"]
        )
        close(reason)
    }
}

extension DisconnectReason {
    fileprivate var closeCode: WebSocketCloseCode {
        switch self {
        case .serverShutdown: .goingAway
        case .parseError, .connectTimeout, .refused: .policyViolation
        case .transportError: .protocolError
        default: .normal
        }
    }
}
