import GRDB

/// What a backup of the whole box takes from the library, and what one that comes back has to pass.
extension MusicLibrary {
    package struct Contents: Sendable, Equatable {
        package var playlists: Int
        package var tracks: Int
    }

    /// Writes a checked copy of the database as it is at this moment, in one file, while the box goes on.
    package func copyDatabase(to path: String) async throws {
        do {
            try await aside { storage in try Self.copy(storage.database, to: path) }
        } catch {
            throw note(error)
        }
    }

    /// Checks that `StorageDirectory.incoming` holds a database that this program can use, lets its sequence numbers go on
    /// above ours, and has the next start take it into use.
    ///
    /// - Throws: `invalid` with what is wrong; then nothing has changed.
    package func commitRestored() async throws -> Contents {
        let current = try await lookUp { db in
            try Int64.fetchOne(db, sql: "SELECT value FROM counter WHERE name = 'server_seq'") ?? 0
        }
        do {
            return try await aside { storage in
                let path = storage.incoming + "/" + StorageDirectory.databaseName
                guard storage.exists(path) else { throw LibraryError(.invalid, "The backup holds no database.") }
                let contents = try Self.prepare(path, above: current)
                try storage.sync(path)
                try storage.commitIncoming()
                return contents
            }
        } catch let error as LibraryError {
            throw error
        } catch {
            let cause = (error as? DatabaseError) ?? DatabaseError(undecodable: error)
            throw LibraryError(.invalid, "The database in the backup is damaged.", cause: "\(cause)")
        }
    }

    /// Whether a restored state waits for the next start.
    package var hasRestored: Bool { directory.exists(directory.ready) }

    private static func prepare(_ path: String, above current: Int64) throws -> Contents {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.inDatabase { db in
            try DatabaseOpening.check(db, pragma: "integrity_check")
            guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
                throw LibraryError(.invalid, "The database in the backup is not one of Musicbox.")
            }
            guard try !Schema.migrator.hasBeenSuperseded(db) else {
                throw LibraryError(
                    .invalid,
                    "The backup was made by a newer version of Musicbox: update this box first."
                )
            }
            // More than this box can give out until it restarts.
            try db.execute(
                sql: "UPDATE counter SET value = max(value, ?) + 1000000 WHERE name = 'server_seq'",
                arguments: [current]
            )
            guard db.changesCount == 1 else {
                throw LibraryError(.invalid, "The database in the backup is incomplete.")
            }
            return Contents(
                playlists: try Int.fetchOne(db, sql: "SELECT count(*) FROM playlist") ?? 0,
                tracks: try Int.fetchOne(db, sql: "SELECT count(*) FROM track") ?? 0
            )
        }
    }
}

extension MusicLibrary {
    /// Deletes the state that a restored one has replaced; to be called once that is in use.
    package func discardReplaced() async {
        try? await aside { storage in storage.removeTree(storage.replaced) }
    }
}
