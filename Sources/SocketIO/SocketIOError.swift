/// What calls into the library can fail with.
public struct SocketIOError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// The socket is disconnected; the answer will never come.
        case disconnected
        /// The client did not acknowledge in time.
        case ackTimeout
        /// The client owes too many acknowledgements already.
        case tooManyPendingAcks
        /// The event has fewer arguments.
        case missingArgument
        /// The argument is not of the type asked for.
        case wrongType
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, for people who read logs.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
