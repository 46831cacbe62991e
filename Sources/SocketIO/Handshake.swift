public import NIOCore
public import NIOHTTP1

/// What a client told when it connected.
public struct Handshake: Sendable {
    /// The HTTP request that opened the connection.
    public let head: HTTPRequestHead
    /// Its query, decoded.
    public let query: [String: String]
    /// The payload of the CONNECT packet, a JSON object; nil when the client sent none.
    public let auth: ByteBuffer?
    /// Where the connection comes from: the last proxy, if there is one.
    public let remoteAddress: SocketAddress?
}
