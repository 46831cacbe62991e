/// What the supervisor tells: tags and the reader's own health, in the order they happened.
package enum ReaderEvent: Sendable, Equatable {
    /// A tag came or went.
    case tag(TagEvent)
    /// The reader's state changed; the same state is not told twice in a row.
    case state(ReaderState)
}

/// Whether tags can be read.
package enum ReaderState: Sendable, Equatable {
    /// The first attempt is under way.
    case starting
    /// Tags are being read. The name is for people.
    case ready(name: String)
    /// No reader was found; the search goes on.
    case missing(reason: String)
    /// The reader process died, hung or lost its device; it is being restarted.
    case failed(reason: String)
}
