import NIOCore

/// A client that speaks Socket.IO: its namespaces and its sockets in them.
final class SocketIODialect: Dialect {
    private var connection: ConnectionMachine
    private var sockets: [String: Socket] = [:]

    init(configuration: SocketIOConfiguration, now: NIODeadline) {
        connection = ConnectionMachine(
            parser: PacketParser(
                maxAttachments: configuration.maxAttachments,
                maxNameBytes: configuration.maxNameBytes
            ),
            connectTimeout: TimeAmount(configuration.connectTimeout),
            maxNamespaces: configuration.maxNamespacesPerConnection,
            now: now
        )
    }

    var deadline: NIODeadline? { connection.deadline }

    func opened(_ session: Session) {}

    func received(text: ByteBuffer, on session: Session) {
        perform(connection.receivedText(text) { session.server.exists($0) }, on: session)
    }

    func received(binary: ByteBuffer, on session: Session) {
        perform(connection.receivedBinary(binary), on: session)
    }

    func timeReached(_ now: NIODeadline, on session: Session) {
        perform(connection.timeReached(now), on: session)
    }

    private func perform(_ action: ConnectionMachine.Action, on session: Session) {
        switch action {
        case .none: break
        case .connect(let namespace, let auth): connect(namespace, auth: auth, on: session)
        case .refuse(let namespace):
            send(.refused(message: "Invalid namespace", data: nil), namespace, on: session)
        case .event(let namespace, let name, let arguments, let id):
            guard let socket = sockets[namespace] else { return }
            session.push(.event(socket, name: name, arguments, id: id))
        case .ack(let namespace, let arguments, let id):
            sockets[namespace]?.acknowledged(id, with: .success(arguments))
        case .leave(let namespace):
            guard let socket = sockets.removeValue(forKey: namespace) else { return }
            leave(socket, reason: .clientDisconnect, session)
        case .close(let reason, let detail):
            session.close(reason, because: "\(detail)")
        }
    }

    private func connect(_ name: String, auth: ByteBuffer?, on session: Session) {
        guard let namespace = session.server.enter(name) else { return }
        let socket = Socket(
            namespace: namespace,
            session: session,
            auth: auth,
            writer: .socketIO,
            recovery: namespace.recover(auth),
            mayComeBack: session.server.configuration.connectionStateRecovery != nil
        )
        sockets[name] = socket
        guard namespace.mustJudge(socket) else {
            accept(socket, on: session)
            namespace.arrive(socket)
            session.push(.connected(socket))
            return
        }
        session.push(.arriving(socket))
    }

    func judged(_ socket: Socket, _ refusal: ConnectionRefusal?, on session: Session) {
        if let refusal { refuse(socket, refusal, on: session) } else { accept(socket, on: session) }
        session.flush()
    }

    private func accept(_ socket: Socket, on session: Session) {
        guard sockets[socket.namespace.name] === socket else { return }
        connection.accepted(socket.namespace.name)
        session.send(PacketWriter.connected(sid: socket.id, pid: socket.pid, namespace: socket.namespace.name))
    }

    private func refuse(_ socket: Socket, _ refusal: ConnectionRefusal, on session: Session) {
        let name = socket.namespace.name
        guard sockets[name] === socket else { return }
        sockets[name] = nil
        socket.namespace.depart(socket)
        connection.refused(name)
        send(.refused(message: refusal.message, data: refusal.data), name, on: session)
        session.scheduleTimer()
    }

    private func send(_ packet: OutgoingPacket, _ namespace: String, on session: Session) {
        session.send(PacketWriter.message(packet, namespace: namespace))
    }

    func disconnect(_ socket: Socket, on session: Session) {
        let name = socket.namespace.name
        guard sockets[name] === socket, connection.left(name) else { return }
        sockets[name] = nil
        send(.disconnected, name, on: session)
        session.flush()
        leave(socket, reason: .serverDisconnect, session)
    }

    func closed(_ reason: DisconnectReason, _ session: Session) {
        connection.close()
        for socket in sockets.values { leave(socket, reason: reason, session) }
        sockets = [:]
    }

    private func leave(_ socket: Socket, reason: DisconnectReason, _ session: Session) {
        socket.close(reason)
        // After the events that the client sent before: what it asked for last is still done.
        session.push(.disconnected(socket, reason))
    }
}
