import Glibc
import NFCTag

/// Writes protocol lines to standard output, one system call each and nothing kept back.
enum LineOutput {
    /// Returns false if nobody reads any more, which is the end of a reader's life.
    static func write(_ line: ReaderLine) -> Bool {
        write(line.text + "\n", to: STDOUT_FILENO)
    }

    /// Writes to standard error, for people.
    static func complain(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest.removeFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
