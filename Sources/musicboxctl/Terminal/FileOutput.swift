import Glibc

/// A file descriptor to write text to: whole, in order, without a buffer that a crash could lose.
struct FileOutput: Sendable {
    static let standardOutput = FileOutput(descriptor: STDOUT_FILENO)
    static let standardError = FileOutput(descriptor: STDERR_FILENO)

    let descriptor: CInt

    /// Whether a person looks at it.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The width of the terminal in columns; nil when it is none, or does not say.
    var columns: Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Ends the program when nobody reads any more, as every filter does (`musicboxctl watch | head -1`).
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if written >= 0 {
                    offset += written
                } else if errno == EPIPE {
                    // NIO ignores the signal for its sockets; here it is the right end.
                    signal(SIGPIPE, SIG_DFL)
                    raise(SIGPIPE)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
