/// How bytes of a session travel: one WebSocket, or a row of HTTP requests. Confined to the session's event loop.
protocol SessionTransport: AnyObject {
    /// Whether ``write(_:)`` passes on at once; what comes while it is false is better kept in the session's queue.
    var isWritable: Bool { get }

    func write(_ message: OutboundMessage)
    func flush()

    /// Asks for a sign of life.
    func ping()

    /// The session takes packets again.
    func resumeReading()

    /// Ends the connection in order, behind what was written.
    ///
    /// - Parameter code: For a WebSocket's close frame.
    func close(_ reason: DisconnectReason, code: WebSocketCloseCode)

    /// Ends the connection without waiting for anything.
    ///
    /// - Parameter withReset: Frees what the kernel still holds for a client that does not read, instead of offering
    ///   it for minutes more.
    func abort(withReset: Bool)
}
