import Glibc

/// CLOCK_MONOTONIC, the one clock that reader processes and the daemon share.
///
/// `ContinuousClock` is CLOCK_BOOTTIME here and hides its epoch, so that its instants mean nothing to another process.
package enum MonotonicTime {
    /// Nanoseconds since an arbitrary point in the past, the same for all processes until the next boot.
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
