import NIOCore

/// One Socket.IO 5 packet from a client, its attachments included.
struct Packet: Sendable {
    enum Content: Sendable {
        /// The payload, a JSON object; nil when there was none.
        case connect(auth: ByteBuffer?)
        case disconnect
        /// - Parameter id: The client wants an acknowledgement under this number.
        case event(name: String, EventArguments, id: Int?)
        case ack(EventArguments, id: Int)
    }

    var namespace: String
    var content: Content
}

/// Why bytes are no packet, or not one that may come now. The remedy is always the same: the connection is closed.
struct PacketError: Error {
    let reason: StaticString

    init(_ reason: StaticString) {
        self.reason = reason
    }
}
