import CLinux
import Glibc

/// Wakes the one thread that waits on it. An eventfd rather than a condition variable because the output thread waits
/// for its device at the same time.
final class Wakeup: Sendable {
    let descriptor: Int32

    init() {
        descriptor = clinux_eventfd()
        precondition(descriptor >= 0, "eventfd failed: the process has no file descriptors left")
    }

    deinit {
        close(descriptor)
    }

    func signal() {
        clinux_eventfd_signal(descriptor)
    }

    func drain() {
        clinux_eventfd_drain(descriptor)
    }

    /// Waits for a signal, and takes it. A negative time waits for ever.
    func wait(milliseconds: Int32 = -1) {
        clinux_eventfd_wait(descriptor, milliseconds)
    }
}
