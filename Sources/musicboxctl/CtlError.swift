/// Why a command failed: one line for people, and the exit code for scripts.
///
/// `description` is "what failed: remedy"; the entry point puts "musicboxctl: " before it.
struct CtlError: Error, Equatable, CustomStringConvertible {
    /// The exit codes of the program: those of sysexits.h, so that scripts can tell a wrong call from a box that is off.
    enum Code: Int32, Sendable {
        /// The server understood and refused, or the library is not in the state that the command needs.
        case refused = 1
        /// The command line was wrong (EX_USAGE).
        case usage = 64
        /// What was given holds nothing usable (EX_DATAERR).
        case data = 65
        /// The file or directory is not there or cannot be read (EX_NOINPUT).
        case noInput = 66
        /// No musicboxd answers there (EX_UNAVAILABLE).
        case unreachable = 69
        /// It did not answer in time; trying again may help (EX_TEMPFAIL).
        case temporary = 75
        /// Ended by SIGINT, as shells report it.
        case interrupted = 130
    }

    var code: Code
    var what: String
    var remedy: String?
    /// The server's `error_type` and `details`, when it was the server that refused.
    var refusal: Refusal?

    init(_ code: Code, _ what: String, remedy: String? = nil, refusal: Refusal? = nil) {
        self.code = code
        self.what = what
        self.remedy = remedy
        self.refusal = refusal
    }

    /// What the server said when it refused.
    struct Refusal: Equatable {
        var httpStatus: Int
        var errorType: String?
    }

    /// One line, whatever the server put into its message.
    var description: String {
        (remedy.map { "\(what): \($0)" } ?? what).printable
    }
}
