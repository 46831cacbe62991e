import FoundationEssentials
import GRDB

extension MusicLibrary {
    package func resumePoint(playlistID: String) async throws -> ResumePoint? {
        try await lookUp { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT t.id, r.position_ms, r.updated_at FROM playlist p
                    JOIN resume r ON r.playlist = p.key JOIN track t ON t.key = r.track
                    WHERE p.id = ?
                    """
            )
            guard let row = try Row.fetchOne(statement, arguments: [playlistID]) else { return nil }
            return ResumePoint(
                playlistID: playlistID,
                trackID: try row.value(0),
                positionMs: try row.value(1),
                updatedAt: Date(milliseconds: try row.value(2))
            )
        }
    }

    /// Notes where a playlist is, in the place of what was noted before. One page is written, durable at return.
    ///
    /// - Throws: `notFound` if the playlist has no such track (any more).
    package func saveResumePoint(_ point: ResumePoint) async throws {
        try await write(.note) { db, _ in
            try db.run(
                """
                INSERT INTO resume (playlist, track, position_ms, updated_at)
                SELECT p.key, t.key, ?, ? FROM track t JOIN playlist p ON p.key = t.playlist WHERE t.id = ? AND p.id = ?
                ON CONFLICT DO UPDATE SET
                    track = excluded.track, position_ms = excluded.position_ms, updated_at = excluded.updated_at
                """,
                [max(0, point.positionMs), point.updatedAt.milliseconds, point.trackID, point.playlistID]
            )
            guard db.changesCount == 1 else {
                throw LibraryError(.notFound, "The playlist \(point.playlistID) has no track \(point.trackID).")
            }
        }
    }

    /// Takes what the last run noted of what played into the point it goes on from. A run that ended as it should has told
    /// the database since, and then nothing is taken. Blocking, at the opening.
    func takeUpResumeFile() {
        do {
            for entry in ResumeFile.entries(in: directory) {
                let isTaken = try connections.writer.inDatabase { db in
                    try db.run(
                        """
                        UPDATE resume SET position_ms = ?, updated_at = ?
                        WHERE updated_at = ? AND playlist = (SELECT key FROM playlist WHERE id = ?)
                            AND track = (SELECT key FROM track WHERE id = ?)
                        """,
                        [
                            entry.point.positionMs, entry.point.updatedAt.milliseconds, entry.base,
                            entry.point.playlistID,
                            entry.point.trackID,
                        ]
                    )
                    return db.changesCount == 1
                }
                if isTaken { return }
            }
        } catch {
            // On a full disk the file stays as it is, and the next start takes it.
            _ = note(error)
        }
    }

    package func clearResumePoint(playlistID: String) async throws {
        try await write(.note) { db, _ in
            try db.run("DELETE FROM resume WHERE playlist = (SELECT key FROM playlist WHERE id = ?)", [playlistID])
        }
    }
}
