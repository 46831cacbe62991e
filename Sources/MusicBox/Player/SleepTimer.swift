/// When the music ends by itself, and how far that has come.
package struct SleepTimer: Sendable, Equatable {
    package enum End: Sendable, Equatable {
        /// `wallMs` is the same moment in milliseconds since 1970, for people.
        case at(ContinuousClock.Instant, wallMs: Int)
        case endOfTrack
        case endOfPlaylist

        /// Whether it moves with what plays.
        var isPlace: Bool {
            if case .at = self { false } else { true }
        }
    }

    /// Where the listener was when the sound began to fade: what came after may have been slept through.
    struct Place: Sendable, Equatable {
        var trackID: String
        var positionMs: Int
    }

    package let end: End
    /// How long the sound fades before the end.
    package let fade: Duration
    /// The sound fades.
    package internal(set) var isFading = false
    /// Nil before the fade, and when somebody went elsewhere during it.
    var place: Place?
}
