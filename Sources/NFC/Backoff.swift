/// The wait before each restart: doubles from `first` up to `limit`.
package struct Backoff: Sendable {
    private let first: Duration
    private let limit: Duration
    private var upcoming: Duration

    package init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
        upcoming = first
    }

    /// The wait before the next attempt.
    package mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, limit) }
        return upcoming
    }

    /// Starts over; for a reader that had worked well.
    package mutating func reset() {
        upcoming = first
    }
}
