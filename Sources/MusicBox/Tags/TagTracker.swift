package import NFC

/// Which tag lies on the reader, and what its coming and going means in time: placed, returned within the grace time,
/// there since the start. Pure; instants come from outside.
package struct TagTracker: Sendable {
    /// The tag on the reader now.
    package private(set) var present: TagID?
    private var lifted: (tag: TagID, at: ContinuousClock.Instant)?
    private var startWindowEnds: ContinuousClock.Instant?
    private let grace: Duration

    /// A tag that the reader reports this soon after it became ready for the first time was there before the box was.
    package static let startWindow: Duration = .milliseconds(700)

    package init(grace: Duration) {
        self.grace = grace
    }

    /// The reader looked at its field for the first time, or again after trouble: only the first time counts.
    package mutating func readerReady(at now: ContinuousClock.Instant) {
        if startWindowEnds == nil { startWindowEnds = now.advanced(by: Self.startWindow) }
    }

    package mutating func placed(_ tag: TagID, at now: ContinuousClock.Instant, virtual: Bool) -> TagPolicy.Occasion {
        defer {
            present = tag
            lifted = nil
        }
        if let lifted, lifted.tag == tag, now < lifted.at.advanced(by: grace) { return .returned }
        if let startWindowEnds, !virtual, present == nil, lifted == nil, now < startWindowEnds {
            return .presentAtStart
        }
        return .placed
    }

    package mutating func removed(_ tag: TagID, at now: ContinuousClock.Instant) {
        if present == tag { present = nil }
        lifted = (tag, now)
    }
}
