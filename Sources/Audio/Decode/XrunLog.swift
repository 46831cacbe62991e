/// Which dry runs of the device are worth a line in the log: the first of each burst. The next burst's line tells how
/// many there were in all.
struct XrunLog {
    /// As long as they come closer to each other than this they are one burst.
    static let pause: UInt64 = 10_000_000_000

    private var last: UInt64?

    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds.
    mutating func isNews(at now: UInt64) -> Bool {
        defer { last = now }
        return last.map { now - $0 >= Self.pause } ?? true
    }
}
