import FoundationEssentials
import GRDB

/// What keeping the library equal to the folders below `media/` needs. Paths are relative to `media/`.
extension MusicLibrary {
    /// The files of all tracks that have one, in the order of playlists and tracks; several tracks may be parts of one file.
    package func trackFiles() async throws -> [TrackFile] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT t.id, p.id, t.file_path, t.file_hash, t.file_size
                    FROM playlist p JOIN track t ON t.playlist = p.key
                    WHERE t.url IS NULL ORDER BY p.key, t.number
                    """
            )
            return try Array(
                rows.map {
                    TrackFile(
                        trackID: try $0.value(0),
                        playlistID: try $0.value(1),
                        filePath: try $0.value(2),
                        fileHash: try $0.value(3),
                        fileSize: try $0.value(4)
                    )
                }
            )
        }
    }

    /// Ids of playlists by the folders that are theirs: those that ``createPlaylist(title:folder:)`` noted, and the
    /// folders named after the id of a playlist, which uploads go to.
    package func folders() async throws -> [String: String] {
        try await read { db in
            try db.inSnapshot {
                let ids = try String.fetchAll(db, sql: "SELECT id FROM playlist")
                var folders = Dictionary(uniqueKeysWithValues: ids.map { ($0, $0) })
                let rows = try Row.fetchCursor(
                    db,
                    sql: "SELECT f.path, p.id FROM folder f JOIN playlist p ON p.key = f.playlist"
                )
                while let row = try rows.next() { folders[try row.value(0)] = try row.value(1) as String }
                return folders
            }
        }
    }

    /// A playlist for the files in a folder.
    package func createPlaylist(title: String, folder: String) async throws -> Playlist {
        let title = try Self.checkedTitle(title)
        let id = UUID().uuidString.lowercased()
        return try await write(.edit) { db, now in
            try db.run(
                """
                INSERT INTO playlist (id, title, description, folded, created_at, updated_at)
                VALUES (?, ?, '', ?, ?, ?)
                """,
                [id, title, SearchText.fold(title), now, now]
            )
            try Self.note(db, folder: folder, of: id)
            return try PlaylistRows.existing(db, id: id)
        }
    }

    /// Notes that the files in a folder belong to a playlist.
    package func setFolder(_ folder: String, of playlistID: String) async throws {
        try await write(.edit) { db, _ in try Self.note(db, folder: folder, of: playlistID) }
    }

    /// Notes where the files of tracks lie now.
    package func relocate(_ paths: [(trackID: String, filePath: String)]) async throws {
        for path in paths where !Self.isRelative(path.filePath) {
            throw LibraryError(.invalid, "The path of a track must lie inside media/.")
        }
        try await write(.edit) { db, now in
            for (id, path) in paths {
                try db.run("UPDATE track SET file_path = ?, updated_at = ? WHERE id = ?", [path, now, id])
                try db.run(
                    """
                    UPDATE playlist SET seq = seq + 1, updated_at = ?
                    WHERE key = (SELECT playlist FROM track WHERE id = ?)
                    """,
                    [now, id]
                )
            }
        }
    }

    /// Notes that the file of a track has other contents now.
    package func refresh(trackID: String, fileSize: Int, fileHash: String, durationMs: Int?) async throws {
        try await write(.edit) { db, now in
            let track = try TrackRows.existing(db, id: trackID)
            try db.run(
                """
                UPDATE track SET file_size = ?1, file_hash = ?2, updated_at = ?4,
                    duration_ms = CASE WHEN start_ms = 0 AND end_ms IS NULL THEN ?3 ELSE duration_ms END
                WHERE id = ?5
                """,
                [fileSize, fileHash, durationMs, now, trackID]
            )
            try PlaylistRows.touch(db, key: try PlaylistRows.key(db, id: track.playlistID), now: now)
        }
    }

    private static func note(_ db: Database, folder: String, of playlistID: String) throws {
        try db.run(
            """
            INSERT INTO folder (path, playlist) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET playlist = excluded.playlist
            """,
            [folder, try PlaylistRows.key(db, id: playlistID)]
        )
    }
}
