import GRDB

/// The connections to one database, each with its own serial queue.
///
/// Three, so that nothing on the way from a tag to its music waits for anybody: not for the fsync of an edit (`writer`)
/// and not for a search through the whole library (`reader`). In WAL mode readers and the writer do not block each other.
struct Connections: Sendable {
    let writer: DatabaseQueue
    /// Listings and searches.
    let reader: DatabaseQueue
    /// Single rows by an index: tags, resume points, settings.
    let lookups: DatabaseQueue

    /// Opens the database and brings it up to date. Blocking.
    ///
    /// - Parameter mayBeEmpty: whether a database without a single table is a new one, or one that lost them all.
    /// - Throws: `DatabaseError`, or `SupersededError` before anything is written to a database that is not ours to write.
    static func open(path: String, mayBeEmpty: Bool) throws -> Connections {
        do {
            let writer = try openWriter(path: path, mayBeEmpty: mayBeEmpty, exclusively: false)
            return Connections(
                writer: writer,
                reader: try DatabaseQueue(path: path, configuration: configuration("reader", cacheKiB: 256)),
                lookups: try DatabaseQueue(path: path, configuration: configuration("lookups", cacheKiB: 128))
            )
        } catch let error as DatabaseError where error.meansFull {
            // The shared memory file of WAL mode has no room. One connection that locks the others out keeps that in
            // its own memory, so the box plays on a full disk, and edits work again once there is room.
            let only = try openWriter(path: path, mayBeEmpty: mayBeEmpty, exclusively: true)
            return Connections(writer: only, reader: only, lookups: only)
        }
    }

    /// Whether the disk was full at the opening, and one connection does the work of all.
    var isExclusive: Bool { writer === reader }

    func close() {
        for queue in [lookups, reader, writer] { try? queue.close() }
    }

    private static func openWriter(path: String, mayBeEmpty: Bool, exclusively: Bool) throws -> DatabaseQueue {
        let configuration = configuration("writer", cacheKiB: 512, exclusively: exclusively)
        let writer = try DatabaseQueue(path: path, configuration: configuration)
        try writer.inDatabase { db in
            let migrator = Schema.migrator
            let isEmpty = try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (SELECT * FROM sqlite_schema)") ?? true
            guard mayBeEmpty || !isEmpty else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the file holds no table")
            }
            let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            guard isEmpty || application == Schema.applicationID else { throw SupersededError.foreign }
            guard try !migrator.hasBeenSuperseded(db) else { throw SupersededError.newer }
            guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "WAL mode is refused")
            }
        }
        // Asked first, because migrating takes the write lock even if there is nothing to do.
        let migrator = Schema.migrator
        if try !writer.inDatabase({ try migrator.hasCompletedMigrations($0) }) {
            try migrator.migrate(writer)
        }
        return writer
    }

    /// A connection for one long task beside the others (check, backup), closed after it.
    static func openAside(path: String, label: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: path, configuration: configuration(label, cacheKiB: 256))
    }

    private static func configuration(
        _ label: String,
        cacheKiB: Int,
        exclusively: Bool = false
    ) -> Configuration {
        var configuration = Configuration()
        configuration.label = "library." + label
        // Another program (a backup, the sqlite3 shell) may hold the file for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            if exclusively { try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
            // No mmap: a read error of a mapped page is a SIGBUS, not an error code.
            try db.execute(
                sql: """
                    PRAGMA cache_size = -\(cacheKiB);
                    PRAGMA cell_size_check = ON;
                    PRAGMA trusted_schema = OFF;
                    """
            )
            if label == "writer" {
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304")
            } else {
                // Not opened read-only: SQLite then could not rebuild the shared memory of a journal that a crash left.
                try db.execute(sql: "PRAGMA query_only = ON")
            }
        }
        return configuration
    }
}

/// The file is a sound SQLite database that this program must not touch.
enum SupersededError: Error {
    /// It holds migrations that this program does not know.
    case newer
    /// Another program made it.
    case foreign
}
