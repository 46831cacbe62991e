import GRDB

/// How loud the files are: one measurement per file, whichever tracks it has.
extension MusicLibrary {
    /// A file whose loudness is not known, or not wholly.
    package struct UnmeasuredFile: Sendable, Equatable {
        /// Relative to `media/`.
        package var path: String
        /// Bytes.
        package var size: Int
    }

    /// Files still to be measured, the newest track's first.
    package func unmeasuredFiles(limit: Int) async throws -> [UnmeasuredFile] {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT t.file_path, t.file_size FROM track t LEFT JOIN loudness l ON l.file_path = t.file_path
                    WHERE (l.file_path IS NULL OR l.file_size <> t.file_size OR NOT l.is_final)
                        AND t.url IS NULL
                    ORDER BY t.key DESC LIMIT ?
                    """
            )
            let rows = try Row.fetchCursor(statement, arguments: [limit])
            return try Array(rows.map { UnmeasuredFile(path: try $0.value(0), size: try $0.value(1)) })
        }
    }

    /// Keeps what was found out about a file. Nil: it cannot be measured, or is silent; it is not tried again unless
    /// its size changes.
    package func saveLoudness(_ loudness: Loudness?, of file: UnmeasuredFile) async throws {
        try await write(.note) { db, _ in
            try LoudnessRows.put(db, loudness, path: file.path, size: file.size, isFinal: true)
        }
    }
}

enum LoudnessRows {
    /// For a query over tracks `t`.
    static let columns = """
        (SELECT l.integrated FROM loudness l WHERE l.file_path = t.file_path AND l.file_size = t.file_size),
        (SELECT l.true_peak FROM loudness l WHERE l.file_path = t.file_path AND l.file_size = t.file_size)
        """

    static func put(_ db: Database, _ loudness: Loudness?, path: String, size: Int, isFinal: Bool) throws {
        try db.run(
            """
            INSERT INTO loudness (file_path, file_size, integrated, true_peak, is_final) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET file_size = excluded.file_size, integrated = excluded.integrated,
                true_peak = excluded.true_peak, is_final = excluded.is_final
            """,
            [path, size, loudness?.integrated, loudness?.truePeak, isFinal]
        )
    }

    static func loudness(_ row: Row, at start: Int) throws -> Loudness? {
        guard let integrated = try row.value(start) as Double? else { return nil }
        return Loudness(integrated: integrated, truePeak: try row.value(start + 1))
    }
}
