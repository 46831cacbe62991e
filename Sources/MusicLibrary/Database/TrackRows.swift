import FoundationEssentials
import GRDB

/// Tracks in and out of their table.
enum TrackRows {
    static let columns = """
        t.id, t.number, t.title, t.filename, t.file_path, t.duration_ms, t.artist, t.album, t.file_hash, t.file_size,
        t.play_count, t.created_at, t.updated_at, t.cover_path, t.start_ms, t.end_ms, t.url, \(LoudnessRows.columns)
        """

    /// - Returns: nil where an outer join found no track.
    static func track(_ row: Row, at start: Int, playlistID: String) throws -> Track? {
        guard let id = try row.value(start) as String? else { return nil }
        return Track(
            id: id,
            playlistID: playlistID,
            number: try row.value(start + 1),
            title: try row.value(start + 2),
            filename: try row.value(start + 3),
            filePath: try row.value(start + 4),
            durationMs: try row.value(start + 5),
            artist: try row.value(start + 6),
            album: try row.value(start + 7),
            fileHash: try row.value(start + 8),
            fileSize: try row.value(start + 9),
            playCount: try row.value(start + 10),
            createdAt: Date(milliseconds: try row.value(start + 11)),
            updatedAt: Date(milliseconds: try row.value(start + 12)),
            coverPath: try row.value(start + 13),
            startMs: try row.value(start + 14),
            endMs: try row.value(start + 15),
            url: try row.value(start + 16),
            loudness: try LoudnessRows.loudness(row, at: start + 17)
        )
    }

    static func tracks(_ db: Database, where condition: String, _ argument: String) throws -> [Track] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT p.id, \(columns) FROM track t JOIN playlist p ON p.key = t.playlist
                WHERE \(condition) ORDER BY t.key
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: [argument])
        return try Array(rows.compactMap { try track($0, at: 1, playlistID: $0.value(0)) })
    }

    /// - Throws: `notFound`.
    static func existing(_ db: Database, id: String) throws -> Track {
        guard let track = try tracks(db, where: "t.id = ?", id).first else { throw LibraryError.noTrack(id) }
        return track
    }

    static func insert(_ db: Database, _ new: NewTrack, id: String, playlist: Int64, now: Int64) throws {
        try db.run(
            """
            INSERT INTO track (
                id, playlist, number, title, filename, file_path, duration_ms, artist, album, file_hash, file_size,
                cover_path, folded, created_at, updated_at, start_ms, end_ms, url
            ) VALUES (
                ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM track WHERE playlist = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                ?, ?, ?, ?, ?
            )
            """,
            [
                id, playlist, playlist, new.title, new.filename, new.filePath, new.durationMs, new.artist, new.album,
                new.fileHash, new.fileSize, new.coverPath, SearchText.fold(new.title, new.artist, new.album), now, now,
                new.startMs, new.endMs, new.url,
            ]
        )
        if let loudness = new.loudness {
            try LoudnessRows.put(
                db,
                loudness,
                path: new.filePath,
                size: new.fileSize,
                isFinal: loudness.truePeak != nil
            )
        }
    }

    /// The ids of a playlist's tracks in order, with the numbers they have now.
    static func order(_ db: Database, playlist: Int64) throws -> [(id: String, number: Int)] {
        let statement = try db.cachedStatement(sql: "SELECT id, number FROM track WHERE playlist = ? ORDER BY number")
        return try Array(Row.fetchCursor(statement, arguments: [playlist]).map { try ($0.value(0), $0.value(1)) })
    }

    /// Numbers the tracks of a playlist 1, 2, 3 ... in the order given, touching only those whose number changes.
    ///
    /// SQLite checks the unique (playlist, number) row by row, not at the end of a statement, so the tracks that change
    /// first go to numbers above all that are in use.
    static func renumber(_ db: Database, playlist: Int64, order ids: [String]) throws {
        let old = Dictionary(uniqueKeysWithValues: try order(db, playlist: playlist).map { ($0.id, $0.number) })
        let changed = ids.enumerated().filter { old[$0.element] != $0.offset + 1 }
        let free = max(old.values.max() ?? 0, ids.count)
        for shift in [free, 0] {
            for (index, id) in changed {
                try db.run("UPDATE track SET number = ? WHERE id = ?", [index + 1 + shift, id])
            }
        }
    }

    /// The files of `removed` that no track in the database refers to.
    static func orphans(_ db: Database, of removed: [Track]) throws -> OrphanedFiles {
        func unused(_ files: [String], _ column: String) throws -> [String] {
            let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT * FROM track WHERE \(column) = ?)")
            return try Set(files).sorted().filter { try Bool.fetchOne(statement, arguments: [$0]) != true }
        }
        return OrphanedFiles(
            media: try unused(removed.map(\.filePath), "file_path"),
            covers: try unused(removed.compactMap(\.coverPath), "cover_path")
        )
    }
}
