/// The one `server_seq`: strictly increasing over the life of the box.
///
/// Numbers come from blocks that were reserved durably before the first of them is used, so that after a crash the box
/// goes on above everything it ever said, at the cost of one write per block instead of one per event. Pure.
package struct SequenceCounter: Sendable {
    package private(set) var current: Int
    private var reserved: Range<Int>
    private var following: Range<Int>?

    /// - Parameter first: a block reserved for this run, not empty.
    package init(first: Range<Int>) {
        precondition(!first.isEmpty)
        reserved = first
        current = first.lowerBound - 1
    }

    /// Whether another block should be reserved by now.
    package var isRunningLow: Bool { following == nil && reserved.count < 256 }

    /// Above every number that this run has used or may use.
    package var highest: Int { max(current, reserved.upperBound - 1, (following?.upperBound ?? 0) - 1) }

    package mutating func add(_ block: Range<Int>) { following = block }

    /// The next number; nil when every reserved number is used and ``add(_:)`` was not called in time.
    package mutating func next() -> Int? {
        if reserved.isEmpty, let block = following {
            reserved = block
            following = nil
        }
        guard let number = reserved.first else { return nil }
        reserved = (number + 1)..<reserved.upperBound
        current = number
        return number
    }
}
