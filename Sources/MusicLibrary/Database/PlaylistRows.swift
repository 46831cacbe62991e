import FoundationEssentials
import GRDB

/// Playlists in and out of their table.
enum PlaylistRows {
    private static let columns = """
        p.id, p.title, p.description, p.created_at, p.updated_at, p.seq,
        (SELECT group_concat(uid, ' ') FROM (SELECT uid FROM tag WHERE tag.playlist = p.key ORDER BY tag.key))
        """
    private static let columnCount = 7

    private static func summary(_ row: Row, trackCount: Int, totalDurationMs: Int) throws -> PlaylistSummary {
        PlaylistSummary(
            id: try row.value(0),
            title: try row.value(1),
            description: try row.value(2),
            tags: (try row.value(6) as String?)?.split(separator: " ").map(String.init) ?? [],
            trackCount: trackCount,
            totalDurationMs: totalDurationMs,
            createdAt: Date(milliseconds: try row.value(3)),
            updatedAt: Date(milliseconds: try row.value(4)),
            playlistSeq: try row.value(5)
        )
    }

    static func summaries(
        _ db: Database,
        words: [String] = [],
        limit: Int = -1,
        offset: Int = 0
    ) throws -> [PlaylistSummary] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns),
                    (SELECT count(*) FROM track WHERE track.playlist = p.key),
                    (SELECT coalesce(sum(duration_ms), 0) FROM track WHERE track.playlist = p.key)
                FROM playlist p \(condition(words)) ORDER BY p.key LIMIT ? OFFSET ?
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: arguments(words) + [limit, offset])
        return try Array(rows.map { try summary($0, trackCount: $0.value(7), totalDurationMs: $0.value(8)) })
    }

    static func count(_ db: Database, words: [String]) throws -> Int {
        let statement = try db.cachedStatement(sql: "SELECT count(*) FROM playlist p \(condition(words))")
        return try Int.fetchOne(statement, arguments: arguments(words)) ?? 0
    }

    private static func condition(_ words: [String]) -> String {
        guard !words.isEmpty else { return "" }
        let found = """
            (instr(p.folded, ?) OR EXISTS (SELECT * FROM track WHERE track.playlist = p.key AND instr(track.folded, ?)))
            """
        return "WHERE " + words.map { _ in found }.joined(separator: " AND ")
    }

    private static func arguments(_ words: [String]) -> StatementArguments {
        StatementArguments(words.flatMap { [$0, $0] })
    }

    static func playlist(_ db: Database, id: String) throws -> Playlist? {
        try playlist(db, from: "playlist p", where: "p.id = ?", id)
    }

    static func playlist(_ db: Database, tag: String) throws -> Playlist? {
        try playlist(db, from: "tag JOIN playlist p ON p.key = tag.playlist", where: "tag.uid = ?", tag)
    }

    /// - Throws: `notFound`.
    static func existing(_ db: Database, id: String) throws -> Playlist {
        guard let playlist = try playlist(db, id: id) else { throw LibraryError.noPlaylist(id) }
        return playlist
    }

    /// One statement, hence one moment: a row per track, each with the columns of the playlist before it.
    private static func playlist(
        _ db: Database,
        from source: String,
        where condition: String,
        _ argument: String
    ) throws -> Playlist? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns), \(TrackRows.columns) FROM \(source) LEFT JOIN track t ON t.playlist = p.key
                WHERE \(condition) ORDER BY t.number
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: [argument])
        guard let first = try rows.next() else { return nil }
        var playlist = Playlist(summary: try summary(first, trackCount: 0, totalDurationMs: 0), tracks: [])
        let id = playlist.id
        var row: Row? = first
        while let current = row, let track = try TrackRows.track(current, at: columnCount, playlistID: id) {
            playlist.tracks.append(track)
            playlist.summary.totalDurationMs &+= track.durationMs ?? 0
            row = try rows.next()
        }
        playlist.summary.trackCount = playlist.tracks.count
        return playlist
    }

    /// Notes that a playlist, its tracks or its tags have changed.
    static func touch(_ db: Database, key: Int64, now: Int64) throws {
        try db.run("UPDATE playlist SET seq = seq + 1, updated_at = ? WHERE key = ?", [now, key])
    }

    /// - Throws: `notFound`.
    static func key(_ db: Database, id: String) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "SELECT key FROM playlist WHERE id = ?")
        guard let key = try Int64.fetchOne(statement, arguments: [id]) else { throw LibraryError.noPlaylist(id) }
        return key
    }
}
