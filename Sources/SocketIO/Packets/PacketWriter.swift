import NIOCore

/// Writes packets of the server as Socket.IO's messages, Engine.IO's `4` in front.
enum PacketWriter {
    static func message(
        _ packet: OutgoingPacket,
        namespace: String,
        policy: OutboundMessage.Policy = .reliable,
        offset: String? = nil
    ) -> OutboundMessage {
        switch packet {
        case .connected(let sid):
            connected(sid: sid, pid: nil, namespace: namespace)
        case .refused(let message, let data):
            OutboundMessage(frame: refused(namespace, message, data))
        case .event(let name, let arguments, let id):
            write("2", "5", arguments, namespace: namespace, id: id, name: name, offset: offset, policy: policy)
        case .acknowledgement(let id, let arguments):
            write("3", "6", arguments, namespace: namespace, id: id, name: nil, offset: nil, policy: policy)
        case .disconnected:
            OutboundMessage(text: "41\(prefix(namespace))")
        }
    }

    /// - Parameter pid: What the client may come back with.
    static func connected(sid: String, pid: String?, namespace: String) -> OutboundMessage {
        let recovery = pid.map { ",\"pid\":\"\($0)\"" } ?? ""
        return OutboundMessage(text: "40\(prefix(namespace)){\"sid\":\"\(sid)\"\(recovery)}")
    }

    private static func prefix(_ namespace: String) -> String {
        namespace == "/" ? "" : namespace + ","
    }

    private static func refused(_ namespace: String, _ message: String, _ data: ByteBuffer?) -> ByteBuffer {
        WebSocketFrame.make(.text, capacity: 64 + (data?.readableBytes ?? 0)) { buffer in
            buffer.writeString("44\(prefix(namespace)){\"message\":")
            JSONString.write(message, to: &buffer)
            if let data {
                buffer.writeStaticString(",\"data\":")
                buffer.writeImmutableBuffer(data)
            }
            buffer.writeInteger(UInt8(ascii: "}"))
        }
    }

    private static func write(
        _ type: Unicode.Scalar,
        _ binaryType: Unicode.Scalar,
        _ arguments: OutgoingArguments,
        namespace: String,
        id: Int?,
        name: String?,
        offset: String?,
        policy: OutboundMessage.Policy
    ) -> OutboundMessage {
        let size = arguments.values.reduce(32 + (name?.utf8.count ?? 0)) { $0 + $1.readableBytes + 1 }
        let frame = WebSocketFrame.make(.text, capacity: size) { buffer in
            buffer.writeInteger(UInt8(ascii: "4"))
            if arguments.attachments.isEmpty {
                buffer.writeInteger(UInt8(ascii: type))
            } else {
                buffer.writeInteger(UInt8(ascii: binaryType))
                buffer.writeString("\(arguments.attachments.count)-")
            }
            if namespace != "/" { buffer.writeString(prefix(namespace)) }
            if let id { buffer.writeString(String(id)) }
            var separator = UInt8(ascii: "[")
            if let name {
                buffer.writeInteger(separator)
                JSONString.write(name, to: &buffer)
                separator = UInt8(ascii: ",")
            }
            for value in arguments.values {
                buffer.writeInteger(separator)
                buffer.writeImmutableBuffer(value)
                separator = UInt8(ascii: ",")
            }
            if let offset {
                buffer.writeInteger(separator)
                JSONString.write(offset, to: &buffer)
            }
            if separator == UInt8(ascii: "[") { buffer.writeInteger(separator) }
            buffer.writeInteger(UInt8(ascii: "]"))
        }
        return OutboundMessage(frame: frame, attachments: arguments.attachments, policy: policy)
    }
}
