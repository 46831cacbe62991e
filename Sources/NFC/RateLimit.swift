/// Lets a number of things through per interval and counts the others, so that a mad reader cannot fill the journal.
package struct RateLimit: Sendable {
    private let limit: Int
    private let interval: Duration
    private var windowStart: Duration?
    private var used = 0
    private var suppressed = 0

    package init(limit: Int, per interval: Duration) {
        self.limit = limit
        self.interval = interval
    }

    /// Returns how many were held back since the last one that passed, or nil if this one is held back too.
    package mutating func pass(at now: Duration) -> Int? {
        if windowStart.map({ now - $0 >= interval }) ?? true {
            windowStart = now
            used = 0
        }
        guard used < limit else {
            suppressed += 1
            return nil
        }
        used += 1
        defer { suppressed = 0 }
        return suppressed
    }
}
