public import NIOCore

/// Some sockets of a namespace: those in rooms, or everyone, less those in other rooms. What is sent to them is encoded
/// and framed once, whatever their number.
public struct Broadcast: Sendable {
    private let namespace: Namespace
    private var rooms: [String]
    private var excluded: [String] = []
    private var policy: OutboundMessage.Policy = .reliable

    /// - Parameter rooms: Empty means everyone.
    init(namespace: Namespace, rooms: [String]) {
        self.namespace = namespace
        self.rooms = rooms
    }

    // MARK: Who

    /// Also those in `room`; who is in several rooms still gets the event once.
    public func to(_ room: String) -> Broadcast {
        var copy = self
        copy.rooms.append(room)
        return copy
    }

    /// Without those in `room`.
    public func except(_ room: String) -> Broadcast {
        var copy = self
        copy.excluded.append(room)
        return copy
    }

    /// Without this socket.
    public func except(_ socket: Socket) -> Broadcast { except(socket.id) }

    /// The sockets as they are now.
    public func sockets() -> [Socket] { namespace.sockets(in: rooms, except: excluded) }

    // MARK: How

    /// Dropped for clients that are behind.
    public var volatile: Broadcast {
        var copy = self
        copy.policy = .volatile
        return copy
    }

    /// For clients that are behind only the newest event with this key is kept. It takes its own place in the order,
    /// not that of the event it replaces.
    public func volatile(key: String) -> Broadcast {
        var copy = self
        copy.policy = .latest(key: key)
        return copy
    }

    // MARK: What

    /// Sends an event.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) {
        guard let encoded = namespace.encode(event, arguments) else { return }
        send(event, encoded)
    }

    /// Sends an event whose only argument is JSON text already.
    public func emit(_ event: String, json: ByteBuffer) {
        send(event, OutgoingArguments(json: json))
    }

    /// Sends an event with arguments as a client wrote them, attachments included.
    public func emit(_ event: String, forwarding arguments: EventArguments) {
        send(event, OutgoingArguments(forwarding: arguments))
    }

    /// Sends an event and waits for the acknowledgements of all its recipients.
    ///
    /// In the handler of an event this holds up the client's other events: see ``Socket/emitWithAck(_:_:timeout:)``.
    ///
    /// - Returns: The answers, and who owes one, when the last answer is there or `timeout` is over. Both are empty when
    ///   nobody was asked.
    /// - Throws: `CancellationError`; what the encoding of the arguments throws.
    public func emitWithAck(
        _ event: String,
        _ arguments: any Encodable & Sendable...,
        timeout: Duration
    ) async throws -> BroadcastAcknowledgements {
        try await ask(event, OutgoingArguments(encoding: arguments), timeout: timeout)
    }

    /// As ``emitWithAck(_:_:timeout:)``, with arguments as a client wrote them.
    public func emitWithAck(
        _ event: String,
        forwarding arguments: EventArguments,
        timeout: Duration
    ) async throws -> BroadcastAcknowledgements {
        try await ask(event, OutgoingArguments(forwarding: arguments), timeout: timeout)
    }

    private func ask(
        _ event: String,
        _ arguments: OutgoingArguments,
        timeout: Duration
    ) async throws -> BroadcastAcknowledgements {
        let id = namespace.nextQuestion()
        let emission = namespace.emission(event, arguments, policy: policy, acknowledgement: id)
        let collector = AckCollector(id: id)
        return try await collector.answers(within: timeout) {
            namespace.ask(emission, rooms: rooms, except: excluded) { collector.expect($0) }
        }
    }

    /// Puts them all into a room.
    public func join(_ room: String) {
        for socket in sockets() { socket.join(room) }
    }

    /// Takes them all out of a room.
    public func leave(_ room: String) {
        for socket in sockets() { socket.leave(room) }
    }

    /// Puts them all out of the namespace: see ``Socket/disconnect(closingConnection:)``.
    public func disconnect(closingConnection: Bool = false) {
        for socket in sockets() { socket.disconnect(closingConnection: closingConnection) }
    }

    private func send(_ event: String, _ arguments: OutgoingArguments) {
        namespace.broadcast(namespace.emission(event, arguments, policy: policy), rooms: rooms, except: excluded)
    }
}
