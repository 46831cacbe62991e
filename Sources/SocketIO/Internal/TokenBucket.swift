import NIOCore

/// Limits a rate: `rate` per second, with a burst of twice as many.
struct TokenBucket {
    private let rate: Int
    /// Time until all tokens would be back. Kept instead of a token count, so that nothing is lost to rounding.
    private var emptyUntil: NIODeadline
    private let cost: TimeAmount
    private let burst: TimeAmount

    /// - Parameter rate: Per second; 0 means no limit.
    init(rate: Int, now: NIODeadline) {
        self.rate = rate
        emptyUntil = now
        cost = rate > 0 ? .nanoseconds(1_000_000_000 / Int64(rate)) : .zero
        burst = .seconds(2)
    }

    /// Takes one token.
    ///
    /// - Returns: nil, or when to try again.
    mutating func take(now: NIODeadline) -> NIODeadline? {
        guard rate > 0 else { return nil }
        let start = max(emptyUntil, now)
        guard start - now <= burst - cost else { return start - (burst - cost) }
        emptyUntil = start + cost
        return nil
    }
}
