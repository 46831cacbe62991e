import Glibc

/// The hold on a serial port, beside libnfc's own.
///
/// libnfc marks a port as claimed by a bit in `c_iflag` (CCLAIMED in buses/uart.c), which a killed process leaves
/// behind: a real serial port keeps its settings when it is closed, and libnfc refuses it until the next boot. So the
/// hold proper is a lock on the file, which dies with its process; who has it may clear the bit of a dead one.
struct SerialPort: ~Copyable {
    private static let claimed: tcflag_t = 0x8000_0000

    private let descriptor: CInt

    /// Locks the port at `path` and clears a stale claim.
    init(path: String) throws(ReaderFailure) {
        let port = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard port >= 0 else { throw DeviceFile.failure(path: path, error: errno) }
        guard flock(port, LOCK_EX | LOCK_NB) == 0 else {
            close(port)
            throw .missing("\(path) is in use by another reader program; end that one first")
        }
        var settings = termios()
        guard tcgetattr(port, &settings) == 0 else {
            close(port)
            throw .missing("\(path) is not a serial port")
        }
        if settings.c_iflag & Self.claimed != 0 {
            settings.c_iflag &= ~Self.claimed
            tcsetattr(port, TCSANOW, &settings)
        }
        descriptor = port
    }

    deinit { close(descriptor) }
}
