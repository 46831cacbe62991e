import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Packets of Engine.IO in one HTTP body: separated by `\x1e`, binary messages as `b` and base64.
enum PollingPayload {
    static let separator: UInt8 = 0x1E

    /// The packets of a POST body, in order. Found one by one: a body of separators alone must not become a million packets
    /// that wait for their turn.
    struct Packets: Sequence, IteratorProtocol {
        /// nil behind the last packet.
        private var rest: ByteBuffer?

        /// nil when the body is not valid UTF-8.
        init?(_ body: ByteBuffer) {
            var utf8 = UTF8Validator()
            guard body.withUnsafeReadableBytes({ utf8.consume($0) }), utf8.isComplete else { return nil }
            rest = body
        }

        var isEmpty: Bool { rest == nil }

        /// `invalid` packets are left to the session, which closes at the first.
        mutating func next() -> EnginePacket? {
            guard var rest = rest.take() else { return nil }
            let length = rest.withUnsafeReadableBytes { bytes -> Int? in
                guard let start = bytes.baseAddress, let end = memchr(start, Int32(separator), bytes.count) else {
                    return nil
                }
                return UnsafeRawPointer(end) - start
            }
            guard let length, let packet = rest.readSlice(length: length) else { return PollingPayload.packet(rest) }
            rest.moveReaderIndex(forwardBy: 1)
            self.rest = rest
            return PollingPayload.packet(packet)
        }
    }

    private static func packet(_ text: ByteBuffer) -> EnginePacket {
        var rest = text
        guard rest.readInteger() == UInt8(ascii: "b") else { return EnginePacket(text: text) }
        return Base64.decode(rest).map(EnginePacket.binary) ?? .invalid
    }

    /// Appends a message as one packet, or several when it has attachments.
    static func append(_ message: OutboundMessage, to payload: inout ByteBuffer) {
        if let text = message.text {
            separate(&payload)
            payload.writeImmutableBuffer(text)
        }
        for attachment in message.attachments {
            separate(&payload)
            payload.writeInteger(UInt8(ascii: "b"))
            Base64.encode(attachment, to: &payload)
        }
    }

    private static func separate(_ payload: inout ByteBuffer) {
        if payload.readableBytes > 0 { payload.writeInteger(separator) }
    }
}
