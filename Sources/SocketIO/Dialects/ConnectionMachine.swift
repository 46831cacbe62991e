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
        case active
        /// The end.
        case closed
    }

    private(set) var state: State
    /// Where the client is in.
    private var namespaces: Set<String> = []
    /// Where it asked to get in and is not answered yet.
    private var arriving: Set<String> = []
    private var assembler: PacketAssembler

    private let maxNamespaces: Int

    init(parser: PacketParser, connectTimeout: TimeAmount, maxNamespaces: Int = .max, now: NIODeadline) {
        self.maxNamespaces = maxNamespaces
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

    /// The client is told that it is in. A refused CONNECT does not stop the clock: who gets in nowhere has to leave.
    mutating func accepted(_ namespace: String) {
        guard arriving.remove(namespace) != nil, state != .closed else { return }
        namespaces.insert(namespace)
        state = .active
    }

    /// A middleware has refused the client.
    mutating func refused(_ namespace: String) {
        arriving.remove(namespace)
    }

    /// The server has put the client out of `namespace`. False when it was not in it.
    mutating func left(_ namespace: String) -> Bool {
        namespaces.remove(namespace) != nil
    }

    mutating func close() {
        state = .closed
    }

    private mutating func received(_ packet: Packet, exists: (String) -> Bool) throws(PacketError) -> Action {
        if case .connect(let auth) = packet.content {
            return try connect(packet.namespace, auth: auth, exists: exists)
        }
        guard namespaces.contains(packet.namespace) else {
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
        guard namespaces.count + arriving.count < maxNamespaces else {
            throw PacketError("The client is in too many namespaces.")
        }
        guard exists(namespace) else { return .refuse(namespace: namespace) }
        guard !namespaces.contains(namespace), arriving.insert(namespace).inserted else {
            throw PacketError("The client is in this namespace already.")
        }
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
