/// What a sync found and did.
package struct SyncReport: Sendable, Equatable {
    package struct Skipped: Sendable, Equatable {
        /// Relative to `media/`.
        package var file: String
        package var reason: String
    }

    /// All playlists, afterwards.
    package var playlistsCount = 0
    package var tracksAdded = 0
    package var tracksRemoved = 0
    /// Tracks whose file was found in another place.
    package var tracksMoved = 0
    /// Tracks that stay though their file is not there: the folder it was in is gone as a whole.
    package var tracksMissing = 0
    /// What could not be taken in; at most ``listed`` of them.
    package var skipped: [Skipped] = []
    /// Files that somebody was still writing: the next sync takes them.
    package var unfinished = 0
    /// Why nothing was done, for people.
    package var notice: String?

    package static let listed = 100

    mutating func skip(_ file: String, _ reason: String) {
        if skipped.count < Self.listed { skipped.append(Skipped(file: file, reason: reason)) }
    }

    var changedAnything: Bool { tracksAdded + tracksRemoved + tracksMoved > 0 }
}
