public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Thrown by a middleware to refuse a client, with what the client is told.
///
/// Any other error refuses too; the client is then told nothing but "Internal error".
public struct ConnectionRefusal: Error, Sendable {
    /// For people; `message` of the client's error.
    public let message: String
    /// One JSON value for programs; `data` of the client's error.
    public let data: ByteBuffer?

    /// - Parameters:
    ///   - message: For people.
    ///   - data: For programs; left out when it cannot be encoded.
    public init(_ message: String, data: (any Encodable & Sendable)? = nil) {
        self.message = message
        self.data = data.flatMap { try? OutgoingArguments(encoding: [$0]).values.first }
    }
}
