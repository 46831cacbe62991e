import NIOCore
import Synchronization

/// One packet of a namespace for clients of any format: written once for each format that a recipient speaks.
final class Emission: Sendable {
    private typealias Written = (writer: MessageWriter, message: OutboundMessage?)

    let packet: OutgoingPacket
    let policy: OutboundMessage.Policy
    /// Where the event stands in the recovery log; for clients of Socket.IO alone.
    private let offset: String?
    private let namespace: String
    private let written = Mutex<[Written]>([])

    init(
        _ packet: OutgoingPacket,
        namespace: String,
        policy: OutboundMessage.Policy = .reliable,
        offset: String? = nil
    ) {
        self.packet = packet
        self.namespace = namespace
        self.policy = policy
        self.offset = offset
    }

    func with(offset: String) -> Emission {
        Emission(packet, namespace: namespace, policy: policy, offset: offset)
    }

    /// Whether who missed it can be sent it again: a client that is behind may do without volatile events, and an
    /// acknowledgement is due on the connection that was asked for it.
    var isRecoverable: Bool {
        guard case .event(_, _, acknowledgement: nil) = packet else { return false }
        return policy == .reliable
    }

    /// - Returns: nil when the format has no word for the packet.
    func message(for writer: MessageWriter) -> OutboundMessage? {
        written.withLock { written in
            if let known = written.first(where: { $0.writer === writer }) { return known.message }
            let message = writer.write(packet, namespace: namespace, policy: policy, offset: offset)
            written.append((writer, message))
            return message
        }
    }
}

/// Turns packets into the messages of one format. Compared by identity: there is one for each endpoint.
final class MessageWriter: Sendable {
    static let socketIO = MessageWriter(format: nil)

    private let format: (any PacketFormat)?

    /// - Parameter format: nil is Socket.IO's own.
    init(format: (any PacketFormat)?) {
        self.format = format
    }

    func write(
        _ packet: OutgoingPacket,
        namespace: String,
        policy: OutboundMessage.Policy,
        offset: String? = nil
    ) -> OutboundMessage? {
        guard let format else {
            return PacketWriter.message(packet, namespace: namespace, policy: policy, offset: offset)
        }
        return format.write(packet).map { OutboundMessage(frame: WebSocketFrame.text($0), policy: policy) }
    }
}
