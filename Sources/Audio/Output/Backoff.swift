/// When a missing device is tried again: after 0.2 s, then twice as long each time, up to 5 s.
struct Backoff {
    static let first: UInt64 = 200_000_000
    static let longest: UInt64 = 5_000_000_000

    private var pause = first
    private(set) var due: UInt64 = 0

    mutating func failed(at now: UInt64) {
        due = now + pause
        pause = min(pause * 2, Self.longest)
    }

    mutating func reset() {
        pause = Self.first
        due = 0
    }

    /// There is nothing to try.
    mutating func never() {
        due = .max
    }

    /// Milliseconds to wait at `now`, at least 1 unless it is due; `Int32.max` stands for ever.
    func milliseconds(at now: UInt64) -> Int32 {
        due > now ? Int32(clamping: ((due - now) / 1_000_000).addingReportingOverflow(1).partialValue) : 0
    }
}
