public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The arguments of an event or an acknowledgement on their way to clients: JSON texts, and the attachments that the
/// placeholders in them name.
public struct OutgoingArguments: Sendable {
    /// The JSON text of each argument.
    public internal(set) var values: [ByteBuffer] = []
    /// What `{"_placeholder":true,"num":0}` in the values stands for, by number.
    public internal(set) var attachments: [ByteBuffer] = []

    /// Keys are sorted: `_placeholder` has to come before `num`.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }()

    /// One argument that is JSON text already.
    init(json: ByteBuffer) {
        values = [json]
    }

    /// - Throws: What the values' own encoding throws, and for numbers that JSON cannot write (infinity, NaN).
    init(encoding arguments: [any Encodable & Sendable]) throws {
        values.reserveCapacity(arguments.count)
        let collector = SocketIOBinary.Collector()
        for argument in arguments {
            if let raw = argument as? SocketIOJSON {
                values.append(raw.text)
            } else {
                let text = try SocketIOBinary.$collector.withValue(collector) { try Self.encoder.encode(argument) }
                values.append(ByteBuffer(bytes: text))
            }
        }
        attachments = collector.take()
    }

    /// The very bytes that came in.
    init(forwarding arguments: EventArguments) {
        values = (0..<arguments.count).map { arguments[$0] }
        attachments = arguments.attachments
    }
}

/// An argument that is JSON text already; it is sent as it is.
///
/// Only a whole argument can be this, not a part of one.
public struct SocketIOJSON: Encodable, Sendable {
    /// One JSON value.
    public let text: ByteBuffer

    /// - Parameter text: One JSON value; it is not checked.
    public init(_ text: ByteBuffer) {
        self.text = text
    }

    /// Not for use inside of other values.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(codingPath: encoder.codingPath, debugDescription: "Raw JSON can only be a whole argument.")
        )
    }
}
