package import MusicLibrary
package import NFC

/// Something the box tells its listeners. A new kind needs its case here, its place in ``takesNumber``, and its form on
/// the wire in the server's `WireEncoder`.
package enum BoxEvent: Sendable {
    case player(PlayerSnapshot)
    case position(PositionUpdate)
    case volume(Int, muted: Bool)
    /// The whole list, after a change to it.
    case playlists([PlaylistSummary])
    case playlistCreated(Playlist)
    case playlistUpdated(PlaylistSummary)
    /// A playlist with its tracks, after a change to it.
    case playlist(Playlist)
    case playlistDeleted(id: String)
    case trackAdded(Track, playlistSeq: Int)
    /// One track was edited.
    case trackChanged(Track, playlistSeq: Int)
    case tracksDeleted(playlistID: String, numbers: [Int], ids: [String], playlistSeq: Int)
    /// What becomes of a file on its way.
    case upload(UploadEvent)
    /// An association session has begun, changed or ended.
    case association(AssociationSession)
    case tagScanned(TagID, playlistID: String?)
    case health(HealthReport, changed: HealthReport.Part)
    /// An operation that a client named and that came by HTTP has ended.
    case operation(OperationReport)
    case download(DownloadEvent)

    /// Volatile events are worth nothing once a newer one exists.
    package var isVolatile: Bool {
        if case .position = self { true } else { false }
    }

    /// Changes of the state take the next `server_seq`, each its own, so that a client that was cut off between two of
    /// them can say which it has seen; what else is told carries the current one, or none.
    package var takesNumber: Bool {
        switch self {
        case .player, .volume, .playlists, .playlistCreated, .playlistUpdated, .playlist, .playlistDeleted,
            .trackAdded, .trackChanged, .tracksDeleted, .association:
            true
        case .position, .upload, .download, .tagScanned, .health, .operation: false
        }
    }
}

/// Where the listener is in the current track.
package struct PositionUpdate: Sendable, Equatable {
    package var trackID: String?
    package var positionMs: Int
    package var durationMs: Int?
    package var isPlaying: Bool
}
