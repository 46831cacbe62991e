import Glibc

/// The end of the program: one line on stderr and a status of sysexits.h.
struct Failure: Error {
    var status: Int32
    var message: String

    init(_ status: Int32, _ message: String) {
        self.status = status
        self.message = message
    }

    func report() {
        let line = "musicboxd: \(message)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
