/// When the next `state:track_position` goes out: every 200 ms while playing, one more at each pause, stop and seek,
/// and never two within 150 ms. Pure; instants come from outside.
package struct PositionPacer: Sendable {
    package static let interval: Duration = .milliseconds(200)
    package static let minimumGap: Duration = .milliseconds(150)

    private var lastSent: ContinuousClock.Instant?
    private var nextDue: ContinuousClock.Instant?
    private var owesOne = false

    package init() {}

    /// One position is owed, playing or not.
    package mutating func owe() { owesOne = true }

    /// Whether a position goes out at `now`; counts it as sent.
    package mutating func takeDue(at now: ContinuousClock.Instant, isPlaying: Bool) -> Bool {
        guard let wake = nextWake(isPlaying: isPlaying, now: now), wake <= now else { return false }
        // The grid keeps its phase when a timer is late by less than the gap allows.
        let onGrid = owesOne ? now : max(nextDue ?? now, now - (Self.interval - Self.minimumGap))
        owesOne = false
        lastSent = now
        nextDue = onGrid + Self.interval
        return true
    }

    /// When ``takeDue(at:isPlaying:)`` has to be asked next; nil: not until something changes.
    package func nextWake(isPlaying: Bool, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let earliest = lastSent.map { $0 + Self.minimumGap } ?? now
        if owesOne { return max(earliest, now) }
        guard isPlaying else { return nil }
        return max(earliest, nextDue ?? now)
    }
}
