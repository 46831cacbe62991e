import Logging
public import NIOCore
import NIOHTTP1
import Synchronization

/// One client in one namespace.
///
/// All methods may be called from any thread. What one caller sends arrives in the order it was sent, also when some
/// of it goes to rooms. Sending to a socket that is gone does nothing, unless its client can come back:
/// see ``SocketIOConfiguration/connectionStateRecovery``.
public final class Socket: Sendable {
    private enum PendingAck {
        case single(CheckedContinuation<EventArguments, any Error>, timeout: Scheduled<Void>)
        /// One of many that were asked.
        case shared(AckCollector)
    }

    private struct State {
        var nextAck = 0
        var pendingAcks: [Int: PendingAck] = [:]
        var disconnectHandlers: [@Sendable (DisconnectReason) async -> Void] = []
    }

    /// The socket's id, which the client knows too. Other than the id of its connection it is no secret.
    public let id: String
    /// Where the client connected to.
    public let namespace: Namespace
    /// What the client told when it connected.
    public let handshake: Handshake

    let lane: Lane
    /// How this client is written to.
    let writer: MessageWriter
    private let session: Session
    /// What the client comes back with when its connection breaks; nil when it cannot.
    let pid: String?
    /// What it came back to.
    let recovery: RecoveryLog.Recovery?
    private let data: SocketData
    /// Open until the handlers of the disconnect have returned; nil for a client that cannot come back.
    private let life: WorkTracker?
    private let connected = Atomic(true)
    private let refused = Atomic(false)
    private let state = Mutex(State())

    /// - Parameters:
    ///   - recovery: What the client comes back to.
    ///   - mayComeBack: Whether the client is given the means to come back.
    init(
        namespace: Namespace,
        session: Session,
        auth: ByteBuffer?,
        writer: MessageWriter,
        recovery: RecoveryLog.Recovery? = nil,
        mayComeBack: Bool = false
    ) {
        id = recovery?.session.sid ?? RandomIdentifier.make()
        pid = recovery?.session.pid ?? (mayComeBack ? RandomIdentifier.make() : nil)
        data = recovery?.session.data ?? SocketData()
        self.recovery = recovery
        life = pid == nil ? nil : WorkTracker()
        life?.begin()
        self.namespace = namespace
        self.session = session
        self.writer = writer
        handshake = Handshake(
            head: session.head,
            query: RequestTarget(session.head.uri).query,
            auth: auth,
            remoteAddress: session.remoteAddress
        )
        lane = session.lane
    }

    /// Where the connection comes from: the last proxy, if there is one.
    public var remoteAddress: SocketAddress? { handshake.remoteAddress }

    /// Whether the client came back after its connection broke: id, rooms and data are those it had, and it is sent what
    /// it has missed. See ``SocketIOConfiguration/connectionStateRecovery``.
    public var isRecovered: Bool { recovery != nil }

    /// False from the moment the server knows that the client is gone.
    public var isConnected: Bool { connected.load(ordering: .acquiring) }

    /// A middleware did not let it in: nothing it has sent is handled.
    var isRefused: Bool { refused.load(ordering: .acquiring) }

    /// The middleware has decided: the client is told, before anything else is sent to it.
    ///
    /// - Parameter refusal: nil lets it in.
    func judged(_ refusal: ConnectionRefusal?) {
        if refusal != nil { refused.store(true, ordering: .releasing) }
        lane.post(.perform { [session] in session.dialect.judged(self, refusal, on: session) })
    }

    // MARK: Events

    /// Sends an event to this client.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) {
        guard let encoded = namespace.encode(event, arguments) else { return }
        post(namespace.emission(event, encoded, policy: .reliable))
    }

    /// Sends an event whose only argument is JSON text already.
    public func emit(_ event: String, json: ByteBuffer) {
        post(namespace.emission(event, OutgoingArguments(json: json), policy: .reliable))
    }

    /// Sends an event with arguments as another client wrote them, attachments included.
    public func emit(_ event: String, forwarding arguments: EventArguments) {
        post(namespace.emission(event, OutgoingArguments(forwarding: arguments), policy: .reliable))
    }

    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// The handlers of this client run one after the other: one that waits here holds up the client's other events.
    ///
    /// - Throws: ``SocketIOError`` with `ackTimeout`, `disconnected` or `tooManyPendingAcks`; `CancellationError`;
    ///   what the encoding of the arguments throws.
    public func emitWithAck(
        _ event: String,
        _ arguments: any Encodable & Sendable...,
        timeout: Duration
    ) async throws -> EventArguments {
        try await emitWithAck(event, OutgoingArguments(encoding: arguments), timeout: timeout)
    }

    /// As ``emitWithAck(_:_:timeout:)``, with arguments as another client wrote them.
    public func emitWithAck(
        _ event: String,
        forwarding arguments: EventArguments,
        timeout: Duration
    ) async throws -> EventArguments {
        try await emitWithAck(event, OutgoingArguments(forwarding: arguments), timeout: timeout)
    }

    private func emitWithAck(
        _ event: String,
        _ arguments: OutgoingArguments,
        timeout: Duration
    ) async throws -> EventArguments {
        let id = state.withLock { state in
            defer { state.nextAck += 1 }
            return state.nextAck
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let scheduled = lane.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [weak self] in
                    let error = SocketIOError(.ackTimeout, "No acknowledgement of \(event) within \(timeout).")
                    self?.acknowledged(id, with: .failure(error))
                }
                let refusal = state.withLock { state -> SocketIOError? in
                    guard isConnected else {
                        return SocketIOError(.disconnected, "\(event) was not sent: the socket is disconnected.")
                    }
                    guard state.pendingAcks.count < namespace.configuration.maxPendingAcks else {
                        return SocketIOError(.tooManyPendingAcks, "\(event) was not sent: too many acks are due.")
                    }
                    state.pendingAcks[id] = .single(continuation, timeout: scheduled)
                    return nil
                }
                if let refusal {
                    scheduled.cancel()
                    return continuation.resume(throwing: refusal)
                }
                // Cancelled before there was anything to cancel.
                if Task.isCancelled { return acknowledged(id, with: .failure(CancellationError())) }
                post(
                    Emission(.event(name: event, arguments: arguments, acknowledgement: id), namespace: namespace.name)
                )
            }
        } onCancel: {
            acknowledged(id, with: .failure(CancellationError()))
        }
    }

    /// Ends the wait for an acknowledgement. Unknown and repeated numbers are ignored.
    func acknowledged(_ id: Int, with result: Result<EventArguments, any Error>) {
        guard let pending = state.withLock({ $0.pendingAcks.removeValue(forKey: id) }) else { return }
        end(pending, with: result)
    }

    private func end(_ pending: PendingAck, with result: Result<EventArguments, any Error>) {
        switch pending {
        case .single(let continuation, let timeout):
            timeout.cancel()
            continuation.resume(with: result)
        case .shared(let collector):
            collector.received(try? result.get(), from: self)
        }
    }

    /// Tells `collector` of the acknowledgement of an event that was sent to many.
    ///
    /// - Returns: False when the socket is gone or owes too many: nothing will come.
    func expect(_ id: Int, for collector: AckCollector) -> Bool {
        state.withLock { state in
            guard isConnected, state.pendingAcks.count < namespace.configuration.maxPendingAcks else { return false }
            state.pendingAcks[id] = .shared(collector)
            return true
        }
    }

    /// Nobody waits for this acknowledgement any more.
    func forget(_ id: Int) {
        _ = state.withLock { $0.pendingAcks.removeValue(forKey: id) }
    }

    /// Answers an event of the client.
    func acknowledge(_ id: Int, _ arguments: OutgoingArguments) {
        post(Emission(.acknowledgement(id: id, arguments: arguments), namespace: namespace.name))
    }

    // MARK: Rooms

    /// Puts the socket into a room; from the next emit on it gets what goes there.
    ///
    /// - Returns: False when the socket is gone, in `maxRoomsPerSocket` other rooms, or the name is too long.
    @discardableResult
    public func join(_ room: String) -> Bool {
        namespace.join(self, room)
    }

    /// Takes the socket out of a room.
    public func leave(_ room: String) {
        namespace.leave(self, room)
    }

    /// The rooms the socket is in.
    public var rooms: Set<String> { namespace.rooms(of: self) }

    /// Everyone in `room` but this socket.
    public func to(_ room: String) -> Broadcast { namespace.to(room).except(self) }

    /// Everyone in the namespace but this socket.
    public var broadcast: Broadcast { namespace.everyone.except(self) }

    // MARK: Data

    /// A value that the application keeps with the socket.
    public subscript<Key: SocketDataKey>(key: Key.Type) -> Key.Value? {
        get { data[ObjectIdentifier(key)] as? Key.Value }
        set { data[ObjectIdentifier(key)] = newValue }
    }

    // MARK: The end

    /// Puts the client out of the namespace, after what was sent to it before.
    ///
    /// - Parameter closingConnection: Also closes the connection, and with it the client's other namespaces. Clients
    ///   come back by themselves only after this.
    public func disconnect(closingConnection: Bool = false) {
        lane.post(
            .perform { [session] in
                if closingConnection {
                    session.close(.serverDisconnect)
                } else {
                    session.dialect.disconnect(self, on: session)
                }
            }
        )
    }

    /// Calls `handler` when the socket is gone, after the handlers of the events it sent before. Of use only before
    /// that, best in the handler of ``Namespace/onConnection(_:)``.
    public func onDisconnect(_ handler: @escaping @Sendable (DisconnectReason) async -> Void) {
        state.withLock { $0.disconnectHandlers.append(handler) }
    }

    func runDisconnectHandlers(_ reason: DisconnectReason) async {
        let handlers = state.withLock { state in
            defer { state.disconnectHandlers = [] }
            return state.disconnectHandlers
        }
        for handler in handlers { await handler(reason) }
    }

    /// The client is gone or put out; on the event loop.
    func close(_ reason: DisconnectReason) {
        let pending = state.withLock { state in
            connected.store(false, ordering: .releasing)
            defer { state.pendingAcks = [:] }
            return state.pendingAcks
        }
        namespace.depart(self) { rooms in
            guard reason.isRecoverable, let pid, let life else { return nil }
            return RecoveryLog.Session(sid: id, pid: pid, rooms: rooms, data: data, handlers: life)
        }
        let error = SocketIOError(.disconnected, "No acknowledgement: \(reason.rawValue).")
        for ack in pending.values { end(ack, with: .failure(error)) }
    }

    /// The last handler has returned.
    func handlersDone() {
        life?.end()
    }

    /// Returns when the handlers of the connection that broke are done: those of one client never overlap.
    func predecessorDone() async {
        await recovery?.session.handlers.idle()
    }

    private func post(_ emission: Emission) {
        namespace.send(emission, to: self)
    }

    /// On the event loop.
    func deliver(_ message: OutboundMessage, touched: inout [Session]) {
        guard isConnected else { return }
        session.send(message, touched: &touched)
    }
}

/// Names a value that the application keeps with a ``Socket``.
///
/// ```swift
/// enum Nickname: SocketDataKey { typealias Value = String }
/// socket[Nickname.self] = "Ada"
/// ```
public protocol SocketDataKey {
    /// What is kept.
    associatedtype Value: Sendable
}
