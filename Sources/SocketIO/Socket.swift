import Logging
public import NIOCore
import NIOHTTP1
import Synchronization

/// One client in one namespace.
///
/// All methods may be called from any thread. What one caller sends arrives in the order it was sent, also when some
/// of it goes to rooms. Sending to a socket that is gone does nothing.
public final class Socket: Sendable {
    private struct PendingAck {
        var continuation: CheckedContinuation<EventArguments, any Error>
        var timeout: Scheduled<Void>
    }

    private struct State {
        var nextAck = 0
        var pendingAcks: [Int: PendingAck] = [:]
        var data: [ObjectIdentifier: any Sendable] = [:]
        var disconnectHandlers: [@Sendable (DisconnectReason) async -> Void] = []
    }

    /// The socket's id, which the client knows too. Other than the id of its connection it is no secret.
    public let id = RandomIdentifier.make()
    /// Where the client connected to.
    public let namespace: Namespace
    /// What the client told when it connected.
    public let handshake: Handshake

    let lane: Lane
    /// How this client is written to.
    let writer: MessageWriter
    private let session: Session
    private let connected = Atomic(true)
    private let refused = Atomic(false)
    private let state = Mutex(State())

    init(namespace: Namespace, session: Session, auth: ByteBuffer?, writer: MessageWriter) {
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
                    state.pendingAcks[id] = PendingAck(continuation: continuation, timeout: scheduled)
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
        pending.timeout.cancel()
        pending.continuation.resume(with: result)
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
        get { state.withLock { $0.data[ObjectIdentifier(key)] as? Key.Value } }
        set { state.withLock { $0.data[ObjectIdentifier(key)] = newValue } }
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
        namespace.depart(self)
        for ack in pending.values {
            ack.timeout.cancel()
            ack.continuation.resume(throwing: SocketIOError(.disconnected, "No acknowledgement: \(reason.rawValue)."))
        }
    }

    private func post(_ emission: Emission) {
        lane.post(.single(emission, to: self))
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
