public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An argument as JSON text, with the attachments that its placeholders name.
struct EncodedArgument: Sendable {
    var json: ByteBuffer
    var attachments: [ByteBuffer] = []

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return encoder
    }()

    /// - Throws: What the value's own encoding throws, and for numbers that JSON cannot write (infinity, NaN).
    static func encode(_ values: [any Encodable & Sendable]) throws -> [EncodedArgument] {
        var attachments = 0
        return try values.map { value in
            if let binary = value as? SocketIOBinary {
                defer { attachments += 1 }
                return EncodedArgument(
                    json: ByteBuffer(string: "{\"_placeholder\":true,\"num\":\(attachments)}"),
                    attachments: [binary.bytes]
                )
            }
            if let raw = value as? SocketIOJSON { return EncodedArgument(json: raw.text) }
            return EncodedArgument(json: ByteBuffer(bytes: try encoder.encode(value)))
        }
    }

    /// The very bytes that came in. The attachments hang on the first argument; only their order matters.
    static func forward(_ arguments: EventArguments) -> [EncodedArgument] {
        var encoded = (0..<arguments.count).map { EncodedArgument(json: arguments[$0]) }
        if !encoded.isEmpty { encoded[0].attachments = arguments.attachments }
        return encoded
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

/// An argument that travels as a binary attachment.
///
/// Only a whole argument can be this, not a part of one.
public struct SocketIOBinary: Encodable, Sendable {
    /// The content of the attachment.
    public let bytes: ByteBuffer

    /// - Parameter bytes: The content of the attachment.
    public init(_ bytes: ByteBuffer) {
        self.bytes = bytes
    }

    /// Not for use inside of other values.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(codingPath: encoder.codingPath, debugDescription: "An attachment can only be a whole argument.")
        )
    }
}
