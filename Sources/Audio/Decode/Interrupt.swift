import CFFmpeg
import CLinux
import Synchronization

/// Lets blocking FFmpeg calls be given up: when newer commands wait, or when a deadline has passed.
final class Interrupt: Sendable {
    private let mailbox: Mailbox?
    /// CLOCK_MONOTONIC; 0 for none.
    private let deadline: Atomic<UInt64>

    init(mailbox: Mailbox? = nil, seconds: Int = 0) {
        self.mailbox = mailbox
        deadline = Atomic(seconds > 0 ? clinux_monotonic_ns() + UInt64(seconds) * 1_000_000_000 : 0)
    }

    var isRaised: Bool {
        if let mailbox, mailbox.isSuperseding { return true }
        let deadline = deadline.load(ordering: .relaxed)
        return deadline != 0 && clinux_monotonic_ns() > deadline
    }

    /// The callback for a format context. The interrupt must outlive that context.
    var callback: AVIOInterruptCB {
        AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                return Unmanaged<Interrupt>.fromOpaque(opaque).takeUnretainedValue().isRaised ? 1 : 0
            },
            opaque: Unmanaged.passUnretained(self).toOpaque()
        )
    }
}
