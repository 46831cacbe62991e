public import NIOCore

/// An event for many: rooms, or everyone in a namespace. Encoded and framed once, whatever the number of clients.
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

    /// Also those in `room`; who is in several rooms still gets the event once.
    public func to(_ room: String) -> Broadcast {
        var copy = self
        copy.rooms.append(room)
        return copy
    }

    /// Without this socket.
    public func except(_ socket: Socket) -> Broadcast {
        var copy = self
        copy.excluded.append(socket.id)
        return copy
    }

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

    private func send(_ event: String, _ arguments: OutgoingArguments) {
        namespace.broadcast(namespace.emission(event, arguments, policy: policy), rooms: rooms, except: excluded)
    }
}
