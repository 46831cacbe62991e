import CNFC
import Glibc

/// The hold on a serial port, beside libnfc's own.
///
/// libnfc marks a port that it uses by a bit in `c_iflag` (CCLAIMED in buses/uart.c). Where the C library lets the bit
/// through (glibc before 2.42 happens to drop it), a killed process leaves it behind, for a serial port keeps its
/// settings when it is closed, and libnfc refuses the port until the next boot. So the hold proper is a lock on the
/// file, which dies with its process; who has the lock may clear the mark of a dead one.
struct SerialPort: ~Copyable {
    private static let claimed: tcflag_t = 0x8000_0000

    private let descriptor: CInt

    /// Locks the port at `path`, clears a stale claim and asks for short delays.
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
        CNFC_request_low_latency(port)
        descriptor = port
    }

    deinit { close(descriptor) }
}
