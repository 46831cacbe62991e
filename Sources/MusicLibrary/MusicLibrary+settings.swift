import GRDB

extension MusicLibrary {
    /// What was kept under a name (`volume`, `muted`, ...).
    package func setting(_ name: String) async throws -> String? {
        try await lookUp { db in
            try String.fetchOne(db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
        }
    }

    /// Keeps a value under a name; nil forgets it.
    package func setSetting(_ name: String, _ value: String?) async throws {
        guard !name.isEmpty else { throw LibraryError(.invalid, "A setting needs a name.") }
        try await write(.note) { db, _ in
            if let value {
                try db.run(
                    """
                    INSERT INTO setting (name, value) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value
                    """,
                    [name, value]
                )
            } else {
                try db.run("DELETE FROM setting WHERE name = ?", [name])
            }
        }
    }

    /// Takes the next numbers of `server_seq`. What was reserved never comes again, used or not, whatever happens to
    /// the power: reserve a block (say, 1,000) and hand it out from memory.
    ///
    /// - Parameter floor: the numbers begin above it, whatever was reserved before: for a box that had to go on without
    ///   its database for a while.
    package func reserveSequence(count: Int, above floor: Int = 0) async throws -> Range<Int> {
        guard (1...1_000_000).contains(count) else {
            throw LibraryError(
                .invalid,
                "A block of \(count) sequence numbers cannot be reserved: take 1 to 1,000,000."
            )
        }
        return try await write(.note) { db, _ in
            let statement = try db.cachedStatement(
                sql: "UPDATE counter SET value = max(value, ?) + ? WHERE name = 'server_seq' RETURNING value"
            )
            guard let last = try Int.fetchOne(statement, arguments: [floor, count]) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a counter is missing")
            }
            return last - count + 1..<last + 1
        }
    }
}
