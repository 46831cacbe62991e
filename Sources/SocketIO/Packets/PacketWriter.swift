import NIOCore

/// Builds packets of the server as complete WebSocket frames, Engine.IO's `4` in front.
enum PacketWriter {
    static func event(
        _ name: String,
        arguments: [EncodedArgument],
        namespace: String,
        id: Int? = nil
    ) -> ByteBuffer {
        packet("2", "5", arguments: arguments, namespace: namespace, id: id, name: name)
    }

    static func ack(_ arguments: [EncodedArgument], namespace: String, id: Int) -> ByteBuffer {
        packet("3", "6", arguments: arguments, namespace: namespace, id: id, name: nil)
    }

    static func connected(namespace: String, sid: String) -> ByteBuffer {
        WebSocketFrame.text("40\(prefix(namespace)){\"sid\":\"\(sid)\"}")
    }

    static func disconnect(namespace: String) -> ByteBuffer {
        WebSocketFrame.text("41\(prefix(namespace))")
    }

    static func refused(namespace: String, message: String) -> ByteBuffer {
        WebSocketFrame.make(.text, capacity: 64) { buffer in
            buffer.writeString("44\(prefix(namespace)){\"message\":")
            JSONString.write(message, to: &buffer)
            buffer.writeInteger(UInt8(ascii: "}"))
        }
    }

    private static func prefix(_ namespace: String) -> String {
        namespace == "/" ? "" : namespace + ","
    }

    /// The JSON and, behind it, one binary frame for each attachment: one buffer, so that nothing gets in between.
    private static func packet(
        _ type: Unicode.Scalar,
        _ binaryType: Unicode.Scalar,
        arguments: [EncodedArgument],
        namespace: String,
        id: Int?,
        name: String?
    ) -> ByteBuffer {
        let attachments = arguments.reduce(0) { $0 + $1.attachments.count }
        let size = arguments.reduce(32 + (name?.utf8.count ?? 0)) { $0 + $1.json.readableBytes + 1 }
        var frame = WebSocketFrame.make(.text, capacity: size) { buffer in
            buffer.writeInteger(UInt8(ascii: "4"))
            if attachments > 0 {
                buffer.writeInteger(UInt8(ascii: binaryType))
                buffer.writeString("\(attachments)-")
            } else {
                buffer.writeInteger(UInt8(ascii: type))
            }
            if namespace != "/" { buffer.writeString(prefix(namespace)) }
            if let id { buffer.writeString(String(id)) }
            var separator = UInt8(ascii: "[")
            if let name {
                buffer.writeInteger(separator)
                JSONString.write(name, to: &buffer)
                separator = UInt8(ascii: ",")
            }
            for argument in arguments {
                buffer.writeInteger(separator)
                buffer.writeImmutableBuffer(argument.json)
                separator = UInt8(ascii: ",")
            }
            if separator == UInt8(ascii: "[") { buffer.writeInteger(separator) }
            buffer.writeInteger(UInt8(ascii: "]"))
        }
        for argument in arguments {
            for attachment in argument.attachments {
                frame.writeImmutableBuffer(WebSocketFrame.binary(attachment))
            }
        }
        return frame
    }
}
