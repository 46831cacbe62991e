/// Bounds of connection state recovery (Socket.IO 4.6): a client that comes back after its connection broke is the same
/// ``Socket`` again for the application, with its id, rooms and data, and is sent what it has missed.
///
/// With it every reliable event has one more argument on the wire, its offset, which clients that know the feature send
/// back when they return. Volatile events and those that ask for an acknowledgement have none and are not sent again.
/// State is kept in memory, one log for each namespace, and is lost with the process.
public struct ConnectionStateRecovery: Sendable {
    /// How long a client may stay away, from when the server knew of it.
    public var maxDisconnectionDuration: Duration = .seconds(120)
    /// Whether who comes back passes by the middleware. It was let in before with the same secret.
    public var skipsMiddleware = true
    /// Events that are kept of one namespace.
    public var maxEvents = 10_000
    /// Their size in memory, bytes: about twice that of their JSON text and attachments.
    public var maxBytes = 4_194_304
    /// Absent clients of one namespace that are remembered; the oldest make room.
    public var maxSessions = 1024

    /// The defaults.
    public init() {}
}
