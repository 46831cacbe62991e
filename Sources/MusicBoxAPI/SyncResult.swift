/// `data` of POST `/playlists/sync`: `playlists_count` counts all playlists afterwards, `tracks_missing` the tracks that
/// stay though the folder of their file is gone, `unfinished` files that somebody was still writing. `notice` says why
/// nothing was done. Files are relative to the media directory.
package struct SyncResult: Codable, Sendable, Equatable {
    package struct Skipped: Codable, Sendable, Equatable {
        package var file: String
        package var reason: String

        package init(file: String, reason: String) {
            self.file = file
            self.reason = reason
        }
    }

    package var playlistsCount: Int
    package var tracksAdded: Int
    package var tracksRemoved: Int
    package var tracksMoved: Int
    package var tracksMissing: Int
    package var unfinished: Int
    package var skipped: [Skipped]
    package var notice: String?
    package var serverSeq: Int

    package init(
        playlistsCount: Int,
        tracksAdded: Int,
        tracksRemoved: Int,
        tracksMoved: Int,
        tracksMissing: Int,
        unfinished: Int,
        skipped: [Skipped],
        notice: String?,
        serverSeq: Int
    ) {
        self.playlistsCount = playlistsCount
        self.tracksAdded = tracksAdded
        self.tracksRemoved = tracksRemoved
        self.tracksMoved = tracksMoved
        self.tracksMissing = tracksMissing
        self.unfinished = unfinished
        self.skipped = skipped
        self.notice = notice
        self.serverSeq = serverSeq
    }

    package enum CodingKeys: String, CodingKey {
        case unfinished, skipped, notice
        case playlistsCount = "playlists_count"
        case tracksAdded = "tracks_added"
        case tracksRemoved = "tracks_removed"
        case tracksMoved = "tracks_moved"
        case tracksMissing = "tracks_missing"
        case serverSeq = "server_seq"
    }
}

/// `data` of POST `/system/restore`: what the backup holds; the box starts again with it.
package struct RestoreResult: Codable, Sendable, Equatable {
    package var playlists: Int
    package var tracks: Int
    package var files: Int
    package var restarting = true

    package init(playlists: Int, tracks: Int, files: Int) {
        self.playlists = playlists
        self.tracks = tracks
        self.files = files
    }
}
