import NIOCore

/// Limits a rate: `rate` per second, with a burst of twice as many.
struct TokenBucket {
    private let rate: Int
    /// When all tokens will be back. Kept instead of a token count, so that nothing is lost to rounding.
    private var fullAt: NIODeadline
    private let cost: TimeAmount
    private let burst: TimeAmount

    /// - Parameter rate: Per second; 0 means no limit.
    init(rate: Int, now: NIODeadline) {
        self.rate = rate
        fullAt = now
        cost = rate > 0 ? .nanoseconds(1_000_000_000 / Int64(rate)) : .zero
        burst = .seconds(2)
    }

    /// Takes one token, on credit if there is none.
    ///
    /// - Returns: nil, or when the debt is paid.
    mutating func take(now: NIODeadline) -> NIODeadline? {
        guard rate > 0 else { return nil }
        fullAt = max(fullAt, now) + cost
        return fullAt - now > burst ? fullAt - burst : nil
    }
}
