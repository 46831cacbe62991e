import CLinux
import Glibc

/// Wakes the one thread that waits on it. An eventfd rather than a condition variable because some threads wait for
/// something of the kernel's at the same time: a device, a child, a directory.
package final class Wakeup: Sendable {
    /// Readable while signalled; for poll(2) beside others.
    package let descriptor: Int32

    package init() {
        descriptor = clinux_eventfd()
        precondition(descriptor >= 0, "eventfd failed: the process has no file descriptors left")
    }

    deinit {
        close(descriptor)
    }

    package func signal() {
        clinux_eventfd_signal(descriptor)
    }

    package func drain() {
        clinux_eventfd_drain(descriptor)
    }

    /// Waits for a signal, and takes it. A negative time waits for ever.
    package func wait(milliseconds: Int32 = -1) {
        clinux_eventfd_wait(descriptor, milliseconds)
    }
}
