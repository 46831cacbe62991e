public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The arguments of an event or an acknowledgement, as the client wrote them.
///
/// Nothing is decoded until asked for. The raw bytes are valid JSON, checked when the packet came in.
public struct EventArguments: Sendable {
    /// The JSON text that the arguments are slices of.
    private let text: ByteBuffer
    /// Where each argument lies, relative to the reader index of `text`.
    private let ranges: [Range<Int>]
    /// Binary attachments, in the order of their numbers. Arguments refer to them by
    /// `{"_placeholder":true,"num":0}`.
    public internal(set) var attachments: [ByteBuffer] = []
    /// Whether the client waits for an acknowledgement.
    public internal(set) var expectsAck = false

    private static let decoder = JSONDecoder()

    init(text: ByteBuffer, ranges: [Range<Int>]) {
        self.text = text
        self.ranges = ranges
    }

    /// One argument; for a ``PacketFormat``.
    ///
    /// - Parameter json: One JSON value. nil is returned when it is none, or nested deeper than 256 levels.
    public init?(json: ByteBuffer) {
        guard JSONScanner.isValue(json.readableBytesUInt8Span) else { return nil }
        self.init(text: json, ranges: [0..<json.readableBytes])
    }

    /// No arguments.
    public init() {
        self.init(text: ByteBuffer(), ranges: [])
    }

    /// How many arguments there are.
    public var count: Int { ranges.count }

    /// The JSON text of one argument.
    public subscript(index: Int) -> ByteBuffer {
        let range = ranges[index]
        guard let slice = text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count) else {
            preconditionFailure("Argument \(index) lies outside of its packet.")
        }
        return slice
    }

    /// One argument as a Swift value.
    ///
    /// - Throws: ``SocketIOError`` with `missingArgument` or `wrongType`.
    public func decode<Value: Decodable>(_ type: Value.Type, at index: Int = 0) throws(SocketIOError) -> Value {
        guard index < count else {
            throw SocketIOError(.missingArgument, "The event has \(count) arguments, number \(index + 1) is missing.")
        }
        do {
            let text = Data(self[index].readableBytesView)
            guard !attachments.isEmpty else { return try Self.decoder.decode(type, from: text) }
            return try SocketIOBinary.$attachments.withValue(attachments) {
                try Self.decoder.decode(type, from: text)
            }
        } catch {
            throw SocketIOError(.wrongType, "Argument \(index + 1) is no \(type): \(error)")
        }
    }

    /// As ``decode(_:at:)``, but nil for an argument that is missing or null.
    public func decodeIfPresent<Value: Decodable>(
        _ type: Value.Type,
        at index: Int = 0
    ) throws(SocketIOError) -> Value? {
        index < count ? try decode(Value?.self, at: index) : nil
    }

    /// The bytes of a binary argument; nil when the argument is not binary.
    public func binary(at index: Int) -> ByteBuffer? {
        guard index < count, !attachments.isEmpty, let number = Placeholders.number(self[index]),
            number < attachments.count
        else { return nil }
        return attachments[number]
    }
}
