public import NIOCore
import Synchronization

/// Bytes that travel as a binary attachment: a whole argument, or anywhere inside of one.
///
/// Can be encoded and decoded only as part of the arguments of an event or an acknowledgement.
public struct SocketIOBinary: Codable, Hashable, Sendable {
    /// Takes the attachments out of values while they are encoded.
    final class Collector: Sendable {
        private let attachments = Mutex<[ByteBuffer]>([])

        func add(_ bytes: ByteBuffer) -> Int {
            attachments.withLock { attachments in
                attachments.append(bytes)
                return attachments.count - 1
            }
        }

        func take() -> [ByteBuffer] { attachments.withLock { $0 } }
    }

    private enum CodingKeys: String, CodingKey {
        case placeholder = "_placeholder"
        case number = "num"
    }

    /// Set while the arguments of one event are encoded.
    @TaskLocal static var collector: Collector?
    /// Set while an argument with attachments is decoded.
    @TaskLocal static var attachments: [ByteBuffer] = []

    /// The content of the attachment.
    public let bytes: ByteBuffer

    /// - Parameter bytes: The content of the attachment.
    public init(_ bytes: ByteBuffer) {
        self.bytes = bytes
    }

    /// Looks up what a placeholder stands for.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let number = try container.decode(Int.self, forKey: .number)
        guard try container.decode(Bool.self, forKey: .placeholder), Self.attachments.indices.contains(number) else {
            throw DecodingError.dataCorruptedError(
                forKey: .number,
                in: container,
                debugDescription: "This is no placeholder of an attachment."
            )
        }
        bytes = Self.attachments[number]
    }

    /// Writes a placeholder.
    public func encode(to encoder: any Encoder) throws {
        guard let collector = Self.collector else {
            throw EncodingError.invalidValue(
                self,
                .init(codingPath: encoder.codingPath, debugDescription: "Only arguments of events have attachments.")
            )
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(true, forKey: .placeholder)
        try container.encode(collector.add(bytes), forKey: .number)
    }
}
