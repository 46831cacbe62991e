import NIOCore

/// Puts binary attachments and the packet that announced them together. Attachments follow their packet directly;
/// anything else in between ends the connection.
struct PacketAssembler {
    private let parser: PacketParser
    private var waiting: (packet: Packet, missing: Int, attachments: [ByteBuffer])?

    init(parser: PacketParser) {
        self.parser = parser
    }

    /// - Returns: The packet, or nil when it waits for attachments.
    mutating func text(_ payload: ByteBuffer) throws(PacketError) -> Packet? {
        guard waiting == nil else { throw PacketError("Text came where an attachment is due.") }
        let (packet, attachments) = try parser.parse(payload)
        guard attachments > 0 else { return packet }
        waiting = (packet, attachments, [])
        return nil
    }

    /// - Returns: The packet, when this was the last of its attachments.
    mutating func binary(_ payload: ByteBuffer) throws(PacketError) -> Packet? {
        guard var current = waiting.take() else { throw PacketError("An attachment came without a packet.") }
        current.attachments.append(payload)
        guard current.attachments.count == current.missing else {
            waiting = current
            return nil
        }
        return try complete(current.packet, with: current.attachments)
    }

    private func complete(_ packet: Packet, with attachments: [ByteBuffer]) throws(PacketError) -> Packet {
        var packet = packet
        switch packet.content {
        case .event(let name, let arguments, let id):
            packet.content = .event(name: name, try attach(attachments, to: arguments), id: id)
        case .ack(let arguments, let id):
            packet.content = .ack(try attach(attachments, to: arguments), id: id)
        case .connect, .disconnect:
            break
        }
        return packet
    }

    private func attach(
        _ attachments: [ByteBuffer],
        to arguments: EventArguments
    ) throws(PacketError) -> EventArguments {
        var arguments = arguments
        for index in 0..<arguments.count
        where !Placeholders.areValid(in: arguments[index], attachments: attachments.count) {
            throw PacketError("A placeholder names an attachment that does not exist.")
        }
        arguments.attachments = attachments
        return arguments
    }
}
