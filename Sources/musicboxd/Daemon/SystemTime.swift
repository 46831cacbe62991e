import Glibc
import MusicBox

/// The time of the machine.
struct SystemTime: TimeSource {
    var now: ContinuousClock.Instant { ContinuousClock.now }

    var wallMilliseconds: Int { Self.nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    var monotonicNanoseconds: UInt64 { UInt64(Self.nanoseconds(CLOCK_MONOTONIC)) }

    func sleep(until instant: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: instant, tolerance: .zero, clock: .continuous)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
