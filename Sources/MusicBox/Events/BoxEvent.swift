package import MusicLibrary
package import NFC

/// Something the box tells its listeners.
package enum BoxEvent: Sendable {
    case player(PlayerSnapshot)
    case position(PositionUpdate)
    case volume(Int, muted: Bool)
    /// The whole list, after a change to it.
    case playlists([PlaylistSummary])
    case playlistCreated(Playlist)
    case playlistUpdated(Playlist)
    case playlistDeleted(id: String)
    case trackAdded(Track)
    case tagScanned(TagID, playlistID: String?)
    case health(HealthReport)
    case download(DownloadEvent)

    /// Volatile events are worth nothing once a newer one exists, and take no number of their own.
    package var isVolatile: Bool {
        if case .position = self { true } else { false }
    }
}

/// Where the listener is in the current track.
package struct PositionUpdate: Sendable, Equatable {
    package var trackID: String?
    package var positionMs: Int
    package var durationMs: Int?
    package var isPlaying: Bool
}
