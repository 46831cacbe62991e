/// When to act on a burst of changes: once it has been quiet for a while, but not later than a limit after the first of
/// them, so that a folder that never rests is looked at as well. Pure.
package struct QuietPeriod: Sendable {
    private let quiet: Duration
    private let limit: Duration
    private var first: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?

    package init(quiet: Duration, limit: Duration) {
        self.quiet = quiet
        self.limit = limit
    }

    package mutating func noteChange(at now: ContinuousClock.Instant) {
        first = first ?? now
        last = now
    }

    /// When there is something to do; nil while nothing changed.
    package var due: ContinuousClock.Instant? {
        guard let first, let last else { return nil }
        return min(last + quiet, first + limit)
    }

    /// Whether it is time; then the next change begins a new burst.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard let due, due <= now else { return false }
        (first, last) = (nil, nil)
        return true
    }
}
