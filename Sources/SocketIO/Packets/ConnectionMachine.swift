import NIOCore

/// Which namespaces one client is in, and what its packets may do there; without I/O and with time from outside.
struct ConnectionMachine {
    enum Action {
        case none
        case connect(namespace: String, auth: ByteBuffer?)
        case refuse(namespace: String)
        case event(namespace: String, name: String, EventArguments, id: Int?)
        case ack(namespace: String, EventArguments, id: Int)
        case leave(namespace: String)
        case close(DisconnectReason, StaticString)
    }

    enum State: Equatable {
        /// Can transition to: active, closed.
        case awaitingConnect(until: NIODeadline)
        /// Can transition to: closed. Stays so when the last namespace is left: the client may connect again.
        case active(namespaces: Set<String>)
        /// The end.
        case closed
    }

    private(set) var state: State
    private var assembler: PacketAssembler

    init(parser: PacketParser, connectTimeout: TimeAmount, now: NIODeadline) {
        assembler = PacketAssembler(parser: parser)
        state = .awaitingConnect(until: now + connectTimeout)
    }

    /// When ``timeReached(_:)`` wants to be called.
    var deadline: NIODeadline? {
        guard case .awaitingConnect(let deadline) = state else { return nil }
        return deadline
    }

    /// - Parameter exists: Whether the server has this namespace.
    mutating func receivedText(_ payload: ByteBuffer, exists: (String) -> Bool) -> Action {
        guard state != .closed else { return .none }
        do {
            guard let packet = try assembler.text(payload) else { return try expectConnected() }
            return try received(packet, exists: exists)
        } catch {
            return fail(error)
        }
    }

    mutating func receivedBinary(_ payload: ByteBuffer) -> Action {
        guard state != .closed else { return .none }
        do {
            guard let packet = try assembler.binary(payload) else { return .none }
            return try received(packet) { _ in false }
        } catch {
            return fail(error)
        }
    }

    mutating func timeReached(_ now: NIODeadline) -> Action {
        guard case .awaitingConnect(let deadline) = state, now >= deadline else { return .none }
        state = .closed
        return .close(.connectTimeout, "The client connected to no namespace in time.")
    }

    /// The server has put the client out of `namespace`. False when it was not in it.
    mutating func left(_ namespace: String) -> Bool {
        guard case .active(var namespaces) = state, namespaces.remove(namespace) != nil else { return false }
        state = .active(namespaces: namespaces)
        return true
    }

    mutating func close() {
        state = .closed
    }

    private mutating func received(_ packet: Packet, exists: (String) -> Bool) throws(PacketError) -> Action {
        if case .connect(let auth) = packet.content {
            return try connect(packet.namespace, auth: auth, exists: exists)
        }
        guard case .active(let namespaces) = state, namespaces.contains(packet.namespace) else {
            throw PacketError("A packet came for a namespace that the client is not in.")
        }
        switch packet.content {
        case .event(let name, let arguments, let id):
            return .event(namespace: packet.namespace, name: name, arguments, id: id)
        case .ack(let arguments, let id):
            return .ack(namespace: packet.namespace, arguments, id: id)
        case .disconnect:
            _ = left(packet.namespace)
            return .leave(namespace: packet.namespace)
        case .connect:
            return .none
        }
    }

    private mutating func connect(
        _ namespace: String,
        auth: ByteBuffer?,
        exists: (String) -> Bool
    ) throws(PacketError) -> Action {
        // A refused CONNECT does not stop the clock: a client must get in somewhere to stay.
        guard exists(namespace) else { return .refuse(namespace: namespace) }
        var namespaces: Set<String> = []
        if case .active(let current) = state { namespaces = current }
        guard namespaces.insert(namespace).inserted else {
            throw PacketError("The client is in this namespace already.")
        }
        state = .active(namespaces: namespaces)
        return .connect(namespace: namespace, auth: auth)
    }

    /// A packet with attachments is on its way; before CONNECT not even that.
    private func expectConnected() throws(PacketError) -> Action {
        guard case .active = state else { throw PacketError("A packet came before CONNECT.") }
        return .none
    }

    private mutating func fail(_ error: PacketError) -> Action {
        state = .closed
        return .close(.parseError, error.reason)
    }
}
