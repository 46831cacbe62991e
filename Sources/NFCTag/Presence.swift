/// Turns the answers of single polls into tags that come and go.
///
/// A tag acts on its first sight; only its removal waits. At the edge of the field a tag that lies still is missed in
/// many polls, and each false removal would stop a child's story.
///
/// Times are nanoseconds of CLOCK_MONOTONIC, never earlier than those of the call before.
package struct Presence: Sendable {
    /// The waits before a tag counts as gone.
    package struct Configuration: Sendable {
        /// How long a tag must be missed before it counts as removed.
        package var removalNanoseconds: UInt64
        /// How long a tag must be missed before another one in the field replaces it.
        ///
        /// With two tags in the field each hides the other now and then. Nobody swaps two figures by hand this fast,
        /// so the wait costs nothing.
        package var swapNanoseconds: UInt64
        /// How many polls must have missed the tag before it counts as removed, however long they took.
        package var misses: Int
        /// How many polls must have missed the tag before another one replaces it.
        package var swapMisses: Int

        package init(
            removalNanoseconds: UInt64 = 600_000_000,
            swapNanoseconds: UInt64 = 120_000_000,
            misses: Int = 3,
            swapMisses: Int = 2
        ) {
            self.removalNanoseconds = removalNanoseconds
            self.swapNanoseconds = swapNanoseconds
            self.misses = misses
            self.swapMisses = swapMisses
        }
    }

    private struct Placed {
        var tag: TagID
        var lastSeen: UInt64
        var misses = 0
        /// Another tag seen since `lastSeen`, and when first.
        var rival: (tag: TagID, firstSeen: UInt64)?
    }

    private let configuration: Configuration
    private var state: Placed?

    package init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// The tag that counts as lying on the reader.
    package var placed: TagID? { state?.tag }

    /// How many polls in a row have missed the placed tag.
    package var misses: Int { state?.misses ?? 0 }

    /// A poll found `tag`.
    package mutating func seen(_ tag: TagID, at now: UInt64) -> [TagEvent] {
        guard var current = state else {
            state = Placed(tag: tag, lastSeen: now)
            return [.placed(tag, seenAtNanoseconds: now)]
        }
        if current.tag == tag {
            state = Placed(tag: tag, lastSeen: now)
            return []
        }
        let rival = current.rival.flatMap { $0.tag == tag ? $0 : nil } ?? (tag: tag, firstSeen: now)
        current.misses += 1
        current.rival = rival
        state = current
        guard current.misses >= configuration.swapMisses,
            now - current.lastSeen >= configuration.swapNanoseconds
        else { return [] }
        state = Placed(tag: tag, lastSeen: now)
        return [.removed(current.tag), .placed(tag, seenAtNanoseconds: rival.firstSeen)]
    }

    /// A poll found nothing.
    package mutating func missed(at now: UInt64) -> [TagEvent] {
        guard var current = state else { return [] }
        current.misses += 1
        current.rival = nil
        state = current
        guard current.misses >= configuration.misses, now - current.lastSeen >= configuration.removalNanoseconds else {
            return []
        }
        state = nil
        return [.removed(current.tag)]
    }

    /// A poll failed, which says nothing about the tag: the wait starts anew, so that a fault never looks like a hand.
    package mutating func unknown(at now: UInt64) {
        state?.lastSeen = now
        state?.misses = 0
        state?.rival = nil
    }
}
