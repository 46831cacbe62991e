/// Why a socket is gone. The raw values are the words of the Socket.IO documentation where it has one.
public enum DisconnectReason: String, Sendable {
    /// The client left the namespace.
    case clientDisconnect = "client namespace disconnect"
    /// ``Socket/disconnect(closingConnection:)`` was called.
    case serverDisconnect = "server namespace disconnect"
    /// The connection was closed by the client or the network.
    case transportClose = "transport close"
    /// The connection failed, or the client broke the WebSocket protocol.
    case transportError = "transport error"
    /// No answer to a ping in time.
    case pingTimeout = "ping timeout"
    /// The client sent what is no valid packet, or not at this time.
    case parseError = "parse error"
    /// The client connected to no namespace in time.
    case connectTimeout = "connect timeout"
    /// A middleware has refused the client, on an endpoint where it could be nowhere else.
    case refused = "refused"
    /// More waited for the client than the configured bounds allow.
    case slowConsumer = "client too slow"
    /// ``SocketIOServer/shutdown()`` was called.
    case serverShutdown = "server shutting down"

    /// Whether the client may come back to what it had. Not when somebody wanted it gone, nor after garbage.
    var isRecoverable: Bool {
        switch self {
        case .transportClose, .transportError, .pingTimeout, .slowConsumer: true
        case .clientDisconnect, .serverDisconnect, .parseError, .connectTimeout, .refused, .serverShutdown: false
        }
    }
}
