import Logging
import NIOCore
import NIOHTTP1
import Synchronization

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
    let endpoint: SocketIOServer.Endpoint
    let dialect: any Dialect
    private var heartbeat: HeartbeatMachine
    private var queue: OutboundQueue
    private var limiter: TokenBucket
    private var transport: (any SessionTransport)?
    /// Stays when a WebSocket has taken over, for a POST that was on its way.
    private(set) var polling: PollingTransport?
    private var upgrade: UpgradeMachine = .init()
    private var candidate: WebSocketTransport?
    private var upgradeTimer: Scheduled<Void>?
    private var inbox: Inbox?
    private var pauses: Pauses = []
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var isTouched = false
    private let onPolling = Atomic(false)
    private let over = Atomic(false)
    private var isDraining = false

    init(
        server: SocketIOServer,
        lane: Lane,
        head: HTTPRequestHead,
        remoteAddress: SocketAddress?,
        endpoint: SocketIOServer.Endpoint
    ) {
        let configuration = server.configuration
        let now = lane.eventLoop.now
        self.server = server
        self.lane = lane
        self.head = head
        self.remoteAddress = remoteAddress
        self.endpoint = endpoint
        dialect =
            switch endpoint {
            case .socketIO: SocketIODialect(configuration: configuration, now: now)
            case .plain(let endpoint): PlainDialect(endpoint: endpoint)
            case .bare(let endpoint): BareDialect(endpoint: endpoint)
            }
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
        // No weak references to a session, here and below: with one, every retain and release of it takes a slow path, and
        // a broadcast makes thousands. All that holds it so is let go when it closes.
        inbox = Inbox(limit: configuration.inboxLimit, tracker: server.handlers) {
            self.lane.post(.perform { self.resume(.inbox) })
        }
    }

    /// The address that ``Admission`` knows it by.
    var address: String { remoteAddress?.ipAddress ?? "" }

    /// Opens the session on a WebSocket.
    func start(on transport: WebSocketTransport) {
        self.transport = transport
        if endpoint.usesEngineIO { sendHandshake(upgrades: []) }
        dialect.opened(self)
        transport.flush()
        scheduleTimer()
    }

    /// Opens the session with polling.
    func startPolling(answering exchange: HTTPExchange) {
        let polling = PollingTransport(session: self)
        self.polling = polling
        isPolling = true
        transport = polling
        polling.poll(exchange)
        sendHandshake(upgrades: server.configuration.allowsUpgrade ? ["websocket"] : [])
        // Nothing else may be in this answer.
        polling.flush()
        dialect.opened(self)
        scheduleTimer()
    }

    private func sendHandshake(upgrades: [String]) {
        transport?.write(EngineHandshake.message(sid: id, upgrades: upgrades, configuration: server.configuration))
    }

    /// Whether packets travel by HTTP polling. May be asked on any thread.
    private(set) var isPolling: Bool {
        get { onPolling.load(ordering: .acquiring) }
        set { onPolling.store(newValue, ordering: .releasing) }
    }

    /// May be asked on any thread.
    var isOver: Bool { over.load(ordering: .acquiring) }

    // MARK: From the client

    var isReadingPaused: Bool { !pauses.isEmpty }

    /// Counts one frame; reading is paused when there are too many.
    func countFrame() {
        guard let retry = limiter.take(now: lane.eventLoop.now) else { return }
        pauses.insert(.rate)
        lane.eventLoop.scheduleTask(deadline: retry) { self.resume(.rate) }
    }

    /// A text frame.
    func received(text: ByteBuffer) {
        received(endpoint.usesEngineIO ? EnginePacket(text: text) : .text(text))
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

    // MARK: Upgrade

    /// A WebSocket wants to take over.
    ///
    /// - Returns: False when it cannot: it is to be closed, and nothing changes.
    func attach(_ transport: WebSocketTransport) -> Bool {
        guard server.configuration.allowsUpgrade, !isOver, isPolling, upgrade.begin() else { return false }
        candidate = transport
        upgradeTimer = lane.eventLoop.scheduleTask(in: TimeAmount(server.configuration.upgradeTimeout)) {
            guard let candidate = self.candidate else { return }
            self.detach(candidate)
            candidate.close(.transportClose, code: .policyViolation)
        }
        return true
    }

    /// A text frame of the WebSocket that wants to take over.
    func received(text: ByteBuffer, from transport: WebSocketTransport) {
        guard candidate === transport, let polling else { return }
        switch upgrade.received(text) {
        case .probed:
            polling.hold()
            transport.write(EngineHandshake.probeAnswer)
        case .completed:
            (candidate, isPolling) = (nil, false)
            upgradeTimer?.cancel()
            upgradeTimer = nil
            polling.retire()
            self.transport = transport
            transport.carry(self)
            drain()
        case .failed:
            detach(transport)
            transport.close(.transportError, code: .policyViolation)
        }
    }

    /// The WebSocket has failed; polling goes on.
    func detach(_ transport: WebSocketTransport) {
        guard candidate === transport else { return }
        candidate = nil
        upgradeTimer?.cancel()
        upgradeTimer = nil
        upgrade.reset()
        polling?.release()
        drain()
    }

    // MARK: Time

    func scheduleTimer() {
        guard let deadline = [heartbeat.deadline, dialect.deadline].compactMap({ $0 }).min() else { return }
        if let timer {
            // One that fires too early finds nothing due and schedules the next.
            guard deadline < timer.at else { return }
            timer.task.cancel()
        }
        let task = lane.eventLoop.scheduleTask(deadline: deadline) {
            self.timer = nil
            self.timeReached()
        }
        timer = (deadline, task)
    }

    /// Also before a poll is judged: the timer may be late, the deadline is not.
    func timeReached() {
        let now = lane.eventLoop.now
        dialect.timeReached(now, on: self)
        switch heartbeat.timeReached(now, isReadingPaused: isReadingPaused) {
        case .sendPing:
            if endpoint.usesEngineIO { send(EngineHandshake.ping) } else { transport?.ping() }
            flush()
        case .close(let reason):
            close(reason)
        default:
            break
        }
        scheduleTimer()
    }

    // MARK: The end

    /// There is no room for it after all: it was never begun.
    func abandon() {
        inbox = nil
    }

    func close(_ reason: DisconnectReason, code: WebSocketCloseCode? = nil) {
        guard let transport else { return }
        self.transport = nil
        over.store(true, ordering: .releasing)
        heartbeat.close()
        timer?.task.cancel()
        timer = nil
        server.remove(self)
        dialect.closed(reason, self)
        inbox = nil
        if let candidate = candidate.take() { candidate.close(reason, code: .normal) }
        upgradeTimer?.cancel()
        upgradeTimer = nil
        switch reason {
        case .slowConsumer: transport.abort(withReset: true)
        case .pingTimeout: transport.abort(withReset: false)
        default:
            while let message = queue.popFirst() { transport.write(message) }
            transport.close(reason, code: code ?? reason.closeCode)
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
