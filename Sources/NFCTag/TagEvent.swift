/// What happened to the tag on the reader.
package enum TagEvent: Sendable, Equatable {
    /// A tag lies on the reader. `seenAtNanoseconds` is CLOCK_MONOTONIC at its first sight, the start of tag-to-sound.
    case placed(TagID, seenAtNanoseconds: UInt64)
    /// The tag was lifted, and stayed away for the hysteresis.
    case removed(TagID)
}
