import FoundationEssentials
import GRDB

/// The first answer to an operation a client may send twice (`client_op_id`), kept across restarts.
extension MusicLibrary {
    package func answer(toOperation id: String) async throws -> [UInt8]? {
        let moment = now().milliseconds
        return try await lookUp { db in
            let statement = try db.cachedStatement(
                sql: "SELECT answer FROM answer WHERE operation = ? AND expires_at > ?"
            )
            return try Row.fetchOne(statement, arguments: [id, moment])?.bytes(0)
        }
    }

    /// Keeps the answer, unless there is one, and forgets those whose time is over.
    package func remember(
        answer: [UInt8],
        toOperation id: String,
        for duration: Duration = .seconds(300)
    ) async throws {
        let lifetime = duration.components.seconds * 1000
        try await write(.note) { db, now in
            try db.run("DELETE FROM answer WHERE expires_at <= ?", [now])
            try db.run(
                "INSERT INTO answer (operation, answer, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [id, Data(answer), now + lifetime]
            )
        }
    }
}
