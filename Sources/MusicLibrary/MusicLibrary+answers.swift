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

    /// Keeps the answer in place of a draft (see ``NamedOperation``), and forgets those whose time is over.
    package func remember(
        answer: [UInt8],
        toOperation id: String,
        for duration: Duration = .seconds(300)
    ) async throws {
        let lifetime = duration.components.seconds * 1000
        try await write(.note) { db, now in
            try db.run("DELETE FROM answer WHERE expires_at <= ?", [now])
            try Self.keep(db, answer: answer, toOperation: id, until: now + lifetime, replacing: true)
        }
    }

    static func keep(
        _ db: Database,
        answer: [UInt8],
        toOperation id: String,
        until expiry: Int64,
        replacing: Bool
    ) throws {
        let conflict = "DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at"
        try db.run(
            """
            INSERT INTO answer (operation, answer, expires_at) VALUES (?, ?, ?)
            ON CONFLICT \(replacing ? "(operation) " + conflict : "DO NOTHING")
            """,
            [id, Data(answer), expiry]
        )
    }
}
