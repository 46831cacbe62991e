import Logging
import NIOCore
import NIOHTTP1

/// One client: an Engine.IO session, its namespaces and what waits for it. Carries out what the state machines say.
///
/// `@unchecked Sendable`: all that can change here is touched on `lane.eventLoop` alone. Other threads only hold
/// references, and send them back to the loop through `lane`.
final class EngineSession: @unchecked Sendable {
    private struct Pauses: OptionSet {
        let rawValue: UInt8
        /// Handlers have too much to do.
        static let inbox = Pauses(rawValue: 1)
        /// The client sends faster than it may.
        static let rate = Pauses(rawValue: 2)
    }

    private static let ping = WebSocketFrame.text("2")

    let id = RandomIdentifier.make()
    let lane: Lane
    private let server: SocketIOServer
    private let head: HTTPRequestHead
    private let remoteAddress: SocketAddress?
    private var engine: EngineSessionMachine
    private var connection: ConnectionMachine
    private var queue: OutboundQueue
    private var limiter: TokenBucket
    private var sockets: [String: Socket] = [:]
    private var transport: WebSocketTransport?
    private var inbox: Inbox?
    private var pauses: Pauses = []
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var isTouched = false
    private var isDraining = false

    init(server: SocketIOServer, lane: Lane, head: HTTPRequestHead, channel: any Channel) {
        let configuration = server.configuration
        let now = lane.eventLoop.now
        self.server = server
        self.lane = lane
        self.head = head
        remoteAddress = channel.remoteAddress
        engine = EngineSessionMachine(
            pingInterval: TimeAmount(configuration.pingInterval),
            pingTimeout: TimeAmount(configuration.pingTimeout),
            now: now
        )
        connection = ConnectionMachine(
            parser: PacketParser(
                maxAttachments: configuration.maxAttachments,
                maxNameBytes: configuration.maxNameBytes
            ),
            connectTimeout: TimeAmount(configuration.connectTimeout),
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
    func start(on transport: WebSocketTransport) {
        self.transport = transport
        let configuration = server.configuration
        transport.write(
            WebSocketFrame.text(
                """
                0{"sid":"\(id)","upgrades":[],"pingInterval":\(configuration.pingInterval.milliseconds),\
                "pingTimeout":\(configuration.pingTimeout.milliseconds),"maxPayload":\(configuration.maxPayload)}
                """
            )
        )
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

    func received(_ packet: EnginePacket) {
        switch engine.received(packet, now: lane.eventLoop.now) {
        case .none: scheduleTimer()
        case .sendPing: break
        case .deliverText(let payload):
            perform(connection.receivedText(payload) { server.find($0) != nil })
        case .deliverBinary(let payload):
            perform(connection.receivedBinary(payload))
        case .close(let reason):
            close(reason)
        }
    }

    private func perform(_ action: ConnectionMachine.Action) {
        switch action {
        case .none: break
        case .connect(let namespace, let auth): connect(namespace, auth: auth)
        case .refuse(let namespace):
            send(OutboundMessage(PacketWriter.refused(namespace: namespace, message: "Invalid namespace")))
        case .event(let namespace, let name, let arguments, let id):
            guard let socket = sockets[namespace] else { return }
            push(.event(socket, name: name, arguments, id: id))
        case .ack(let namespace, let arguments, let id):
            sockets[namespace]?.acknowledged(id, with: .success(arguments))
        case .leave(let namespace):
            guard let socket = sockets.removeValue(forKey: namespace) else { return }
            leave(socket, reason: .clientDisconnect)
        case .close(let reason, let detail):
            server.logger.debug(
                "Closing a Socket.IO connection",
                metadata: ["sid": "\(id)", "reason": "\(detail)", "address": "\(remoteAddress?.ipAddress ?? "?")"]
            )
            close(reason)
        }
    }

    private func connect(_ name: String, auth: ByteBuffer?) {
        guard let namespace = server.find(name) else { return }
        let handshake = Handshake(
            head: head,
            query: RequestTarget(head.uri).query,
            auth: auth,
            remoteAddress: remoteAddress
        )
        let socket = Socket(namespace: namespace, session: self, handshake: handshake)
        sockets[name] = socket
        send(OutboundMessage(PacketWriter.connected(namespace: name, sid: socket.id)))
        namespace.arrive(socket)
        push(.connected(socket))
    }

    private func push(_ work: Inbox.Work) {
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
            transport.write(message.frame)
        } else if queue.append(message) == .overflow {
            server.logger.info(
                "Closing a client that does not keep up",
                metadata: ["sid": "\(id)", "messages": "\(queue.count)", "bytes": "\(queue.bytes)"]
            )
            close(.slowConsumer)
        }
    }

    /// As ``send(_:)``; the caller flushes the sessions in `touched` when it has sent everything.
    func send(_ message: OutboundMessage, touched: inout [EngineSession]) {
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
        while let transport, transport.isWritable, let frame = queue.popFirst() {
            transport.write(frame)
            while transport.isWritable, let more = queue.popFirst() { transport.write(more) }
            transport.flush()
        }
    }

    // MARK: Time

    private func scheduleTimer() {
        guard let deadline = [engine.deadline, connection.deadline].compactMap({ $0 }).min() else { return }
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
        perform(connection.timeReached(now))
        switch engine.timeReached(now, isReadingPaused: isReadingPaused) {
        case .sendPing:
            send(OutboundMessage(Self.ping))
            flush()
        case .close(let reason):
            close(reason)
        default:
            break
        }
        scheduleTimer()
    }

    // MARK: The end

    /// Puts one socket out of its namespace; the connection goes on.
    func disconnect(_ socket: Socket) {
        let name = socket.namespace.name
        guard sockets[name] === socket, connection.left(name) else { return }
        sockets[name] = nil
        send(OutboundMessage(PacketWriter.disconnect(namespace: name)))
        flush()
        leave(socket, reason: .serverDisconnect)
    }

    func close(_ reason: DisconnectReason, code: WebSocketCloseCode? = nil) {
        guard let transport else { return }
        self.transport = nil
        engine.close()
        connection.close()
        timer?.task.cancel()
        timer = nil
        server.remove(self)
        for socket in sockets.values { leave(socket, reason: reason) }
        sockets = [:]
        inbox = nil
        switch reason {
        case .slowConsumer: transport.abort(withReset: true)
        case .pingTimeout: transport.abort(withReset: false)
        default:
            while let frame = queue.popFirst() { transport.write(frame) }
            transport.close(code ?? reason.closeCode)
        }
        queue.removeAll()
    }

    private func leave(_ socket: Socket, reason: DisconnectReason) {
        socket.close(reason)
        // After the events that the client sent before: what it asked for last is still done.
        push(.disconnected(socket, reason))
    }
}

extension DisconnectReason {
    fileprivate var closeCode: WebSocketCloseCode {
        switch self {
        case .serverShutdown: .goingAway
        case .parseError, .connectTimeout: .policyViolation
        case .transportError: .protocolError
        default: .normal
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
