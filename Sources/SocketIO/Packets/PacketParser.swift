import NIOCore

/// Reads the text of a packet: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
struct PacketParser {
    /// Most attachments of one packet.
    var maxAttachments: Int
    /// Longest event name, bytes.
    var maxNameBytes: Int

    private enum Kind: UInt8 {
        case connect = 0x30
        case disconnect, event, ack, connectError, binaryEvent, binaryAck
    }

    /// Words that mean something else to Socket.IO libraries; an event of this name could be mistaken for it.
    static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// - Returns: The packet, and how many attachments it still waits for.
    func parse(_ text: ByteBuffer) throws(PacketError) -> (packet: Packet, attachments: Int) {
        var rest = text
        guard let kind = rest.readInteger(as: UInt8.self).flatMap(Kind.init) else {
            throw PacketError("The packet type is unknown.")
        }
        var attachments = 0
        if kind == .binaryEvent || kind == .binaryAck {
            guard let count = readNumber(&rest), rest.readInteger() == UInt8(ascii: "-"), count <= maxAttachments else {
                throw PacketError("The number of attachments is missing or too large.")
            }
            attachments = count
        }
        let namespace = readNamespace(&rest)
        let id = try readAckID(&rest)
        let content = try content(kind, id: id, payload: rest)
        return (Packet(namespace: namespace, content: content), attachments)
    }

    private func content(_ kind: Kind, id: Int?, payload: ByteBuffer) throws(PacketError) -> Packet.Content {
        switch kind {
        case .connect:
            guard payload.readableBytes > 0 else { return .connect(auth: nil) }
            guard payload.readableBytesView.first == UInt8(ascii: "{"),
                JSONScanner.isValue(payload.readableBytesUInt8Span)
            else { throw PacketError("The payload of CONNECT is no JSON object.") }
            return .connect(auth: payload)
        case .disconnect:
            guard payload.readableBytes == 0 else { throw PacketError("DISCONNECT has a payload.") }
            return .disconnect
        case .event, .binaryEvent:
            return try event(payload, id: id)
        case .ack, .binaryAck:
            guard let id else { throw PacketError("ACK has no number.") }
            return .ack(EventArguments(text: payload, ranges: try elements(payload)), id: id)
        case .connectError:
            throw PacketError("CONNECT_ERROR is the server's.")
        }
    }

    private func event(_ payload: ByteBuffer, id: Int?) throws(PacketError) -> Packet.Content {
        var ranges = try elements(payload)
        guard let first = ranges.first,
            let quoted = payload.getSlice(at: payload.readerIndex + first.lowerBound, length: first.count)
        else { throw PacketError("The event has no name.") }
        guard quoted.readableBytes <= maxNameBytes + 2 else { throw PacketError("The name of the event is too long.") }
        let name: String
        switch quoted.readableBytesView[quoted.readerIndex] {
        case UInt8(ascii: "\""): name = JSONString.text(of: quoted)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): name = String(buffer: quoted)
        default: throw PacketError("The name of the event is neither text nor a number.")
        }
        guard !Self.reservedNames.contains(name) else { throw PacketError("The name of the event is reserved.") }
        ranges.removeFirst()
        var arguments = EventArguments(text: payload, ranges: ranges)
        arguments.expectsAck = id != nil
        return .event(name: name, arguments, id: id)
    }

    /// Splits a JSON array into its elements.
    private func elements(_ payload: ByteBuffer) throws(PacketError) -> [Range<Int>] {
        let bytes = payload.readableBytesUInt8Span
        var ranges: [Range<Int>] = []
        var index = 0
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "["), bytes[bytes.count - 1] == UInt8(ascii: "]") else {
            throw PacketError("The payload is no JSON array.")
        }
        index = 1
        JSONScanner.skipWhitespace(bytes, &index)
        if bytes[index] != UInt8(ascii: "]") {
            while true {
                let begin = index
                guard JSONScanner.skipValue(bytes, &index, depth: 1) else {
                    throw PacketError("The payload is no JSON.")
                }
                ranges.append(begin..<index)
                JSONScanner.skipWhitespace(bytes, &index)
                guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
                index += 1
                JSONScanner.skipWhitespace(bytes, &index)
            }
        }
        guard index == bytes.count - 1 else { throw PacketError("The payload is no JSON array.") }
        return ranges
    }

    /// `/name,`; the comma may be missing when nothing follows. Without one it is the main namespace.
    private func readNamespace(_ rest: inout ByteBuffer) -> String {
        guard rest.readableBytesView.first == UInt8(ascii: "/") else { return "/" }
        let view = rest.readableBytesView
        let end = view.firstIndex(of: UInt8(ascii: ",")) ?? view.endIndex
        let name = String(decoding: view[..<end], as: UTF8.self)
        rest.moveReaderIndex(to: min(end + 1, rest.writerIndex))
        // Clients of other frameworks send a query behind the name; it names nothing.
        return name.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? name
    }

    private func readAckID(_ rest: inout ByteBuffer) throws(PacketError) -> Int? {
        guard let first = rest.readableBytesView.first, first &- UInt8(ascii: "0") <= 9 else { return nil }
        guard let id = readNumber(&rest) else { throw PacketError("The acknowledgement number is too large.") }
        return id
    }

    private func readNumber(_ rest: inout ByteBuffer) -> Int? {
        let view = rest.readableBytesView
        let length = view.prefix { $0 &- UInt8(ascii: "0") <= 9 }.count
        guard let number = JSONScanner.integer(rest.readableBytesUInt8Span, 0..<length) else { return nil }
        rest.moveReaderIndex(forwardBy: length)
        return number
    }
}
