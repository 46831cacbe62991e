/// Timing and bounds of a ``SocketIOServer``. Every queue and table that a client can make grow is bounded here.
public struct SocketIOConfiguration: Sendable {
    /// The path of the endpoint; requests may leave out its last slash.
    public var path = "/socket.io/"
    /// Time between a pong (or the handshake) and the next ping of the server. Advertised in milliseconds.
    public var pingInterval: Duration = .seconds(10)
    /// Time for the answer to a ping. Advertised in milliseconds.
    public var pingTimeout: Duration = .seconds(20)
    /// Which pages may connect.
    public var origins: OriginPolicy = .sameHost
    /// Whether clients may use HTTP polling.
    public var allowsPolling = true
    /// Whether clients that began with polling may go over to a WebSocket.
    public var allowsUpgrade = true
    /// Time for that, from the opening of the WebSocket on.
    public var upgradeTimeout: Duration = .seconds(10)
    /// Time for the first CONNECT of a new connection.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a closing connection waits for the client's half of the close handshake.
    public var closeTimeout: Duration = .seconds(1)
    /// Largest message or POST body from a client, bytes. Advertised; larger ones close a WebSocket with 1009, and get 413.
    public var maxPayload = 1_000_000
    /// Open connections. Further ones are refused with 503.
    public var maxConnections = 4096
    /// Open connections of one address. Everyone behind a reverse proxy has the proxy's address.
    public var maxConnectionsPerAddress = 1536
    /// What may wait for one client beyond the socket's own buffer, bytes. Over it the client is closed.
    public var outboundLimitBytes = 1_048_576
    /// What may wait for one client, messages. Over it the client is closed.
    public var outboundLimitMessages = 1024
    /// Send buffer asked of the kernel for each connection, bytes (Linux doubles it). 0 leaves the system's choice.
    public var sendBufferBytes = 65_536
    /// Events of one client that wait for their handlers. At the bound the server stops reading from this client.
    public var inboxLimit = 64
    /// Messages and control frames per second from one client, with a burst of twice as many. Faster ones are read
    /// later, not dropped. 0 means no limit.
    public var inboundEventsPerSecond = 200
    /// Namespaces that one connection may be in.
    public var maxNamespacesPerConnection = 32
    /// Rooms that one socket may be in.
    public var maxRoomsPerSocket = 64
    /// Longest name of an event or room, bytes.
    public var maxNameBytes = 256
    /// Binary attachments of one packet.
    public var maxAttachments = 10
    /// Acknowledgements that one socket may owe us.
    public var maxPendingAcks = 256
    /// Lets clients come back after their connection broke; nil, the default, does not.
    public var connectionStateRecovery: ConnectionStateRecovery?

    /// The defaults.
    public init() {}
}
