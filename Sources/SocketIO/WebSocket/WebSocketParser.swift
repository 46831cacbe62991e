import NIOCore

/// The receiving half of RFC 6455 for a server, without I/O: bytes in, whole messages and control frames out.
///
/// NIO's decoder leaves masking, reserved bits, UTF-8 and close codes to its user and limits single frames only; here
/// every "MUST fail the connection" of the RFC is a thrown ``WebSocketCloseCode``. Frames wait in one reused
/// buffer; a message is copied out once, unmasked on the way.
struct WebSocketParser {
    enum Event: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// The peer's close frame; nil when it gave no status.
        case close(UInt16?)
    }

    private struct Header {
        var opcode: WebSocketOpcode
        var isFinal: Bool
        var length: Int
        /// The masking key, in the order of its bytes in memory.
        var mask: UInt32
        var size: Int
    }

    private struct Fragments {
        var opcode: WebSocketOpcode
        var payload: ByteBuffer
        var utf8 = UTF8Validator()
    }

    /// Above this an emptied receive buffer is given back, so that one large message does not stay allocated for the
    /// hours a phone is connected.
    private static let keptCapacity = 4096

    private let maxPayload: Int
    private var received = ByteBuffer()
    private var fragments: Fragments?

    /// - Parameter maxPayload: The largest message, bytes, whether in one frame or in many.
    init(maxPayload: Int) {
        self.maxPayload = maxPayload
    }

    /// Whether bytes wait that no event came of yet.
    var holdsBytes: Bool { received.readableBytes > 0 }

    mutating func append(_ bytes: ByteBuffer) {
        received.writeImmutableBuffer(bytes)
    }

    /// The next message or control frame; nil until more bytes arrive.
    ///
    /// - Throws: The code to close the connection with. The parser is of no use afterwards.
    mutating func next() throws(WebSocketCloseCode) -> Event? {
        while let header = try readHeader() {
            guard received.readableBytes >= header.size + header.length else { return nil }
            received.moveReaderIndex(forwardBy: header.size)
            let event = header.opcode.isControl ? try control(header) : try data(header)
            releaseIfEmpty()
            if let event { return event }
        }
        return nil
    }

    /// Reads the header without consuming it. Its claims are judged before the payload is waited for, so that an
    /// announced gigabyte is refused at once.
    private func readHeader() throws(WebSocketCloseCode) -> Header? {
        let start = received.readerIndex
        guard let first: UInt8 = received.getInteger(at: start),
            let second: UInt8 = received.getInteger(at: start + 1)
        else { return nil }
        guard first & 0x70 == 0, let opcode = WebSocketOpcode(rawValue: first & 0x0F), second & 0x80 != 0 else {
            throw .protocolError
        }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 0x7F)
        if opcode.isControl {
            guard isFinal, short <= 125 else { throw .protocolError }
        } else {
            guard (opcode == .continuation) == (fragments != nil) else { throw .protocolError }
        }
        var length = short
        var size = 2
        if short == 126 {
            guard let extended: UInt16 = received.getInteger(at: start + 2) else { return nil }
            (length, size) = (Int(extended), 4)
        } else if short == 127 {
            guard let extended: UInt64 = received.getInteger(at: start + 2) else { return nil }
            guard let fitting = Int(exactly: extended) else { throw .tooBig }
            (length, size) = (fitting, 10)
        }
        guard length <= maxPayload - (opcode.isControl ? 0 : fragments?.payload.readableBytes ?? 0) else {
            throw .tooBig
        }
        guard let mask: UInt32 = received.getInteger(at: start + size, endianness: .host) else { return nil }
        return Header(opcode: opcode, isFinal: isFinal, length: length, mask: mask, size: size + 4)
    }

    private mutating func control(_ header: Header) throws(WebSocketCloseCode) -> Event {
        var payload = ByteBufferAllocator().buffer(capacity: header.length)
        unmask(header, into: &payload)
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        default: return .close(try closeCode(&payload))
        }
    }

    private func closeCode(_ payload: inout ByteBuffer) throws(WebSocketCloseCode) -> UInt16? {
        guard payload.readableBytes > 0 else { return nil }
        guard let code: UInt16 = payload.readInteger(), WebSocketCloseCode.mayBeReceived(code) else {
            throw .protocolError
        }
        var utf8 = UTF8Validator()
        guard payload.withUnsafeReadableBytes({ utf8.consume($0) }), utf8.isComplete else { throw .invalidText }
        return code
    }

    private mutating func data(_ header: Header) throws(WebSocketCloseCode) -> Event? {
        var message =
            fragments
            ?? Fragments(opcode: header.opcode, payload: ByteBufferAllocator().buffer(capacity: header.length))
        // Taken out while it grows: two owners would mean a copy of all that has arrived, once per fragment.
        fragments = nil
        let begin = message.payload.readableBytes
        unmask(header, into: &message.payload)
        if message.opcode == .text {
            var utf8 = message.utf8
            let isValid = message.payload.withUnsafeReadableBytes { bytes in
                utf8.consume(UnsafeRawBufferPointer(rebasing: bytes[begin...]))
            }
            guard isValid, !header.isFinal || utf8.isComplete else { throw .invalidText }
            message.utf8 = utf8
        }
        guard header.isFinal else {
            fragments = message
            return nil
        }
        return message.opcode == .text ? .text(message.payload) : .binary(message.payload)
    }

    private mutating func unmask(_ header: Header, into payload: inout ByteBuffer) {
        guard header.length > 0 else { return }
        let wide = UInt64(header.mask) | UInt64(header.mask) << 32
        payload.writeWithUnsafeMutableBytes(minimumWritableBytes: header.length) { target in
            received.withUnsafeReadableBytes { source in
                var index = 0
                while index + 8 <= header.length {
                    let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
                    target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                    index += 8
                }
                withUnsafeBytes(of: wide) { key in
                    while index < header.length {
                        target[index] = source[index] ^ key[index & 7]
                        index += 1
                    }
                }
            }
            return header.length
        }
        received.moveReaderIndex(forwardBy: header.length)
    }

    private mutating func releaseIfEmpty() {
        guard received.readableBytes == 0 else { return }
        if received.capacity > Self.keptCapacity {
            received = ByteBuffer()
        } else {
            received.clear()
        }
    }
}
