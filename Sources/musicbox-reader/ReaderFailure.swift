import NFCTag

/// Why the reader cannot go on: a line for the daemon and a code for the system.
struct ReaderFailure: Error {
    /// The code of the `error` line.
    let code: String
    /// What is wrong with what, and how to remedy it.
    let message: String
    /// The exit code.
    let exit: CInt

    static func missing(_ message: String) -> Self {
        Self(code: ReaderLine.missingCode, message: message, exit: ReaderExit.missing)
    }

    static func lost(_ message: String) -> Self {
        Self(code: "lost", message: message, exit: ReaderExit.lost)
    }
}
