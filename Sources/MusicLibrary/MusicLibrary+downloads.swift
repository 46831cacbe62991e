import FoundationEssentials
import GRDB

/// What is remembered of downloads over a restart: their records, whose meaning is their owner's.
extension MusicLibrary {
    /// All records, the oldest first.
    package func downloads() async throws -> [[UInt8]] {
        try await read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT record FROM download ORDER BY key")
            return try Array(rows.compactMap { try $0.bytes(0) })
        }
    }

    /// Keeps a record in the place of the one it had, and only the newest `limit` of all.
    package func keepDownload(id: String, record: [UInt8], limit: Int) async throws {
        try await write(.note) { db, _ in
            try db.run(
                "INSERT INTO download (id, record) VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
                [id, Data(record)]
            )
            try db.run(
                "DELETE FROM download WHERE key NOT IN (SELECT key FROM download ORDER BY key DESC LIMIT ?)",
                [limit]
            )
        }
    }

    package func forgetDownload(id: String) async throws {
        try await write(.note) { db, _ in try db.run("DELETE FROM download WHERE id = ?", [id]) }
    }
}
