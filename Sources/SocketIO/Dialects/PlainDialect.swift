import NIOCore

/// A client on a WebSocket without Engine.IO: one socket in one namespace, its packets in a ``PacketFormat``.
final class PlainDialect: Dialect {
    private let endpoint: PlainEndpoint
    private var socket: Socket?

    init(endpoint: PlainEndpoint) {
        self.endpoint = endpoint
    }

    func opened(_ session: Session) {
        let namespace = endpoint.namespace
        let socket = Socket(namespace: namespace, session: session, auth: nil, writer: endpoint.writer)
        self.socket = socket
        namespace.attach()
        guard namespace.mustJudge(socket) else {
            send(.connected(sid: socket.id), on: session)
            namespace.arrive(socket)
            session.push(.connected(socket))
            return
        }
        session.push(.arriving(socket))
    }

    func judged(_ socket: Socket, _ refusal: ConnectionRefusal?, on session: Session) {
        guard self.socket === socket else { return }
        guard let refusal else {
            send(.connected(sid: socket.id), on: session)
            return session.flush()
        }
        self.socket = nil
        socket.namespace.depart(socket)
        send(.refused(message: refusal.message, data: refusal.data), on: session)
        session.close(.refused)
    }

    func received(text: ByteBuffer, on session: Session) {
        receive(on: session) { try endpoint.format.read(text) }
    }

    func received(binary: ByteBuffer, on session: Session) {
        receive(on: session) { try endpoint.format.read(binary: binary) }
    }

    private func receive(on session: Session, _ read: () throws -> IncomingPacket) {
        guard let socket else { return }
        do {
            switch try read() {
            case .event(let name, var arguments, let id):
                arguments.expectsAck = id != nil
                // Who is not in yet waits: the inbox keeps the order.
                session.push(.event(socket, name: name, arguments, id: id))
            case .acknowledgement(let id, let arguments):
                socket.acknowledged(id, with: .success(arguments))
            case .reply(let text):
                session.send(OutboundMessage(frame: WebSocketFrame.text(text)))
            case .binaryReply(let bytes):
                session.send(OutboundMessage(binary: bytes))
            case .disconnect:
                session.close(.clientDisconnect)
            }
        } catch is BinaryRefused {
            session.close(.parseError, code: .unsupportedData)
        } catch {
            session.close(.parseError, because: "\(error)")
        }
    }

    func disconnect(_ socket: Socket, on session: Session) {
        guard self.socket === socket else { return }
        send(.disconnected, on: session)
        session.close(.serverDisconnect)
    }

    func closed(_ reason: DisconnectReason, _ session: Session) {
        guard let socket = socket.take() else { return }
        socket.close(reason)
        session.push(.disconnected(socket, reason))
    }

    private func send(_ packet: OutgoingPacket, on session: Session) {
        guard let message = endpoint.writer.write(packet, namespace: endpoint.namespace.name, policy: .reliable) else {
            return
        }
        session.send(message)
    }
}

/// A path for clients that speak a format of their own.
struct PlainEndpoint: Sendable {
    let format: any PacketFormat
    let writer: MessageWriter
    let namespace: Namespace

    init(format: any PacketFormat, namespace: Namespace) {
        self.format = format
        writer = MessageWriter(format: format)
        self.namespace = namespace
    }
}
