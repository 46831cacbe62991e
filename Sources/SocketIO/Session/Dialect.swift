import NIOCore

/// What is spoken on a session, above its transports: Socket.IO, another packet format, or bare messages.
///
/// Confined to the session's event loop.
protocol Dialect: AnyObject {
    /// When ``timeReached(_:on:)`` wants to be called.
    var deadline: NIODeadline? { get }

    func opened(_ session: Session)
    func received(text: ByteBuffer, on session: Session)
    func received(binary: ByteBuffer, on session: Session)
    func timeReached(_ now: NIODeadline, on session: Session)

    /// The middleware has decided about a socket.
    ///
    /// - Parameter refusal: nil lets it in.
    func judged(_ socket: Socket, _ refusal: ConnectionRefusal?, on session: Session)

    /// The server puts one socket out of its namespace.
    func disconnect(_ socket: Socket, on session: Session)

    /// The session is over.
    func closed(_ reason: DisconnectReason, _ session: Session)
}

extension Dialect {
    var deadline: NIODeadline? { nil }
    func timeReached(_ now: NIODeadline, on session: Session) {}
    func judged(_ socket: Socket, _ refusal: ConnectionRefusal?, on session: Session) {}
    func disconnect(_ socket: Socket, on session: Session) {}
}
