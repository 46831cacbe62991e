/// Whether a control that something else has changed is set back at once. It is, unless something changes it again and
/// again: then it has its way for a second, so that two programs do not fight at full speed.
struct SetBack {
    static let limit = 5
    static let window: UInt64 = 10_000_000_000
    static let truce: UInt64 = 1_000_000_000

    private var recent: [UInt64] = []
    /// How often it was set back.
    private(set) var count = 0

    enum Answer: Equatable {
        case now
        /// CLOCK_MONOTONIC, in nanoseconds.
        case later(UInt64)
    }

    /// The control differs from what it was set to.
    mutating func differs(at now: UInt64) -> Answer {
        recent.removeAll { $0 + Self.window <= now }
        if recent.count >= Self.limit, let last = recent.last, last + Self.truce > now {
            return .later(last + Self.truce)
        }
        if recent.count >= Self.limit { recent.removeFirst() }
        recent.append(now)
        count += 1
        return .now
    }
}
