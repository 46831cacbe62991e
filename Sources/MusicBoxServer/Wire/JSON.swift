import FoundationEssentials
import NIOCore

/// JSON as everything on the wire is written: compact, slashes as they are.
enum JSON {
    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }()

    /// The object `head` with one more member that is JSON already; nil adds none.
    static func buffer(_ head: some Encodable, _ name: String, _ value: ByteBuffer?) throws -> ByteBuffer {
        var object = try buffer(head)
        guard let value else { return object }
        object.moveWriterIndex(to: object.writerIndex - 1)
        object.writeString(#"\#(object.readableBytes > 1 ? "," : "")"\#(name)":"#)
        object.writeImmutableBuffer(value)
        object.writeString("}")
        return object
    }

    /// Encoding our own types does not fail.
    static func buffer(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try encoder.encode(value))
    }
}
