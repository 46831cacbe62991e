package import NFC

/// One phone's wish to bind the next tag to a playlist.
package struct AssociationSession: Sendable, Equatable {
    package struct OtherPlaylist: Sendable, Equatable {
        package var id: String
        package var title: String

        package init(id: String, title: String) {
            self.id = id
            self.title = title
        }
    }

    /// Can transition: `listening` to all others; `duplicate` to itself with another tag and to every end. What has
    /// ended stays so.
    package enum State: Sendable, Equatable {
        case listening
        /// A tag of another playlist was placed; waits for the decision to move it, or for another tag.
        case duplicate(TagID, of: OtherPlaylist)
        case success(TagID)
        case stopped
        case timeout
        /// The message is for people.
        case failed(TagID?, message: String)

        package var isLive: Bool {
            switch self {
            case .listening, .duplicate: true
            case .success, .stopped, .timeout, .failed: false
            }
        }
    }

    package let id: String
    package let playlistID: String
    package let playlistTitle: String
    /// Milliseconds since 1970.
    package let startedMs: Int
    package let timeout: Duration
    package let deadline: ContinuousClock.Instant
    package internal(set) var state = State.listening

    /// Milliseconds since 1970.
    package var timeoutMs: Int { startedMs + Int(timeout / .milliseconds(1)) }

    /// The tag that the state is about.
    package var tag: TagID? {
        switch state {
        case .duplicate(let tag, _), .success(let tag): tag
        case .failed(let tag, _): tag
        case .listening, .stopped, .timeout: nil
        }
    }
}
