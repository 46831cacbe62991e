import NIOCore

/// Server frames, ready for the socket. They are not masked, so one buffer serves every client.
enum WebSocketFrame {
    /// The longest header of an unmasked frame: two bytes and a 64-bit length.
    private static let longestHeader = 10

    /// Builds one frame in one allocation: room for the header is kept in front of the payload.
    ///
    /// - Parameters:
    ///   - capacity: The expected size of the payload, bytes.
    ///   - write: Appends the payload.
    static func make(
        _ opcode: WebSocketOpcode,
        capacity: Int,
        write: (inout ByteBuffer) -> Void
    ) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: longestHeader + capacity)
        buffer.moveWriterIndex(to: longestHeader)
        buffer.moveReaderIndex(to: longestHeader)
        write(&buffer)
        prependHeader(opcode, to: &buffer)
        return buffer
    }

    static func text(_ payload: String) -> ByteBuffer {
        make(.text, capacity: payload.utf8.count) { $0.writeString(payload) }
    }

    static func text(_ payload: ByteBuffer) -> ByteBuffer {
        make(.text, capacity: payload.readableBytes) { $0.writeImmutableBuffer(payload) }
    }

    /// The payload of one whole frame that was made here.
    static func payload(of frame: ByteBuffer) -> ByteBuffer {
        var payload = frame
        switch frame.getInteger(at: frame.readerIndex + 1, as: UInt8.self) {
        case 126: payload.moveReaderIndex(forwardBy: 4)
        case 127: payload.moveReaderIndex(forwardBy: longestHeader)
        default: payload.moveReaderIndex(forwardBy: 2)
        }
        return payload
    }

    static func binary(_ payload: ByteBuffer) -> ByteBuffer {
        make(.binary, capacity: payload.readableBytes) { $0.writeImmutableBuffer(payload) }
    }

    static func ping() -> ByteBuffer {
        make(.ping, capacity: 0) { _ in }
    }

    static func pong(_ payload: ByteBuffer) -> ByteBuffer {
        make(.pong, capacity: payload.readableBytes) { $0.writeImmutableBuffer(payload) }
    }

    /// - Parameter code: nil sends a close frame without a status, the answer to one without.
    static func close(_ code: UInt16?) -> ByteBuffer {
        make(.close, capacity: 2) { buffer in
            if let code { buffer.writeInteger(code) }
        }
    }

    private static func prependHeader(_ opcode: WebSocketOpcode, to buffer: inout ByteBuffer) {
        let length = buffer.readableBytes
        let first = 0x80 | opcode.rawValue
        let start: Int
        switch length {
        case ..<126:
            start = buffer.readerIndex - 2
            buffer.setInteger(UInt8(length), at: start + 1)
        case ..<65536:
            start = buffer.readerIndex - 4
            buffer.setInteger(UInt8(126), at: start + 1)
            buffer.setInteger(UInt16(length), at: start + 2)
        default:
            start = buffer.readerIndex - longestHeader
            buffer.setInteger(UInt8(127), at: start + 1)
            buffer.setInteger(UInt64(length), at: start + 2)
        }
        buffer.setInteger(first, at: start)
        buffer.moveReaderIndex(to: start)
    }
}
