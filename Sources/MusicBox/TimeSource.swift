import FoundationEssentials

/// Time, given from outside so that tests decide what it is.
package protocol TimeSource: Sendable {
    var now: ContinuousClock.Instant { get }
    /// Milliseconds since 1970.
    var wallMilliseconds: Int { get }
    /// CLOCK_MONOTONIC in nanoseconds, the scale of the reader's and the sound engine's stamps.
    var monotonicNanoseconds: UInt64 { get }
    func sleep(until instant: ContinuousClock.Instant) async throws
}

extension TimeSource {
    var wallTime: Date { Date(timeIntervalSince1970: Double(wallMilliseconds) / 1000) }
}
