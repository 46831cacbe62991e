package import MusicLibrary

/// The playlist in the player, its tracks in order, and which of them is the current one.
package struct PlayerQueue: Sendable, Equatable {
    package var playlist: Playlist
    package var index: Int

    /// - Precondition: the playlist has a track at `index`.
    package init(playlist: Playlist, index: Int) {
        precondition(playlist.tracks.indices.contains(index))
        self.playlist = playlist
        self.index = index
    }

    package var id: String { playlist.summary.id }
    package var track: Track { playlist.tracks[index] }
    package var count: Int { playlist.tracks.count }
    package var hasNext: Bool { index + 1 < count }
    package var hasPrevious: Bool { index > 0 }
}
