public import NIOCore

/// Another way to write and read what namespaces say, for clients that do not speak Socket.IO.
///
/// ``SocketIOServer/addWebSocketEndpoint(path:format:namespace:)`` opens a path for such clients. Each connection is one
/// ``Socket`` in one namespace, and shares its rooms, handlers, limits and back-pressure with the sockets of Socket.IO.
/// Packets of the server are text frames; there is no Engine.IO, and the heartbeat is the WebSocket's own ping. An emit is written
/// once for each format in use, whatever the number of clients.
public protocol PacketFormat: Sendable {
    /// The text of the frame that says `packet`; nil when this format has no word for it, and nothing is sent.
    ///
    /// Called on any thread.
    func write(_ packet: OutgoingPacket) -> ByteBuffer?

    /// Reads a text frame: valid UTF-8 of at most `maxPayload` bytes.
    ///
    /// Called on the client's event loop. To answer what is malformed return ``IncomingPacket/reply(_:)``.
    ///
    /// - Throws: Closes the connection with 1008.
    func read(_ text: ByteBuffer) throws -> IncomingPacket

    /// Reads a binary frame of at most `maxPayload` bytes. Without this binary frames close the connection with 1003.
    ///
    /// As ``read(_:)``.
    func read(binary: ByteBuffer) throws -> IncomingPacket
}

extension PacketFormat {
    /// Has no meaning for binary frames.
    public func read(binary: ByteBuffer) throws -> IncomingPacket { throw BinaryRefused() }
}

/// A binary frame came where a format knows none.
struct BinaryRefused: Error {}

/// What the server says to a client in a namespace.
public enum OutgoingPacket: Sendable {
    /// The first packet: the client is in.
    case connected(sid: String)
    /// The first packet: a middleware has refused the client. The connection is then closed.
    case refused(message: String, data: ByteBuffer?)
    /// - Parameter acknowledgement: The client is asked to acknowledge under this number.
    case event(name: String, arguments: OutgoingArguments, acknowledgement: Int?)
    /// The answer to an event of the client.
    case acknowledgement(id: Int, arguments: OutgoingArguments)
    /// The last packet: the client was put out of the namespace.
    case disconnected
}

/// What a text frame of a client means.
public enum IncomingPacket: Sendable {
    /// - Parameter acknowledgement: The client wants an acknowledgement under this number.
    case event(name: String, arguments: EventArguments, acknowledgement: Int?)
    /// The answer to an event of the server.
    case acknowledgement(id: Int, arguments: EventArguments)
    /// Answered by the format itself, at once.
    case reply(ByteBuffer)
    /// As ``reply(_:)``, with a binary frame.
    case binaryReply(ByteBuffer)
    /// The client leaves.
    case disconnect
}
