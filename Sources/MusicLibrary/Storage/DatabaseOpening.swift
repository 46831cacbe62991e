import FoundationEssentials
import GRDB

/// The way from files of unknown state to connections that work, or to one line that says why not. Blocking.
///
///     use what is there -> damaged -> set it aside -> good copy -> damaged too -> empty
struct DatabaseOpening {
    struct Outcome {
        var connections: Connections
        var notice: OpenNotice?
    }

    let storage: StorageDirectory
    let now: @Sendable () -> Date

    static func run(_ storage: StorageDirectory, now: @escaping @Sendable () -> Date) throws(LibraryError) -> Outcome {
        try DatabaseOpening(storage: storage, now: now).run()
    }

    private func run() throws(LibraryError) -> Outcome {
        storage.remove(storage.halfCopy)
        if storage.exists(storage.database) || !hasTraces {
            do {
                try verifyIfSuspect()
                let connections = try open(mayBeEmpty: !hasTraces)
                return Outcome(connections: connections, notice: fullNotice(connections))
            } catch let error where error.code == .damaged {
                return try recover(from: error)
            }
        }
        return try recover(
            from: LibraryError(.damaged, "\(storage.database) is missing.", cause: "the file does not exist")
        )
    }

    /// Whether there was a database here once.
    private var hasTraces: Bool {
        storage.exists(storage.goodCopy) || (storage.size(of: storage.database + "-wal") ?? 0) > 0
    }

    /// After a run that met damage the whole file is read once, however long it takes: what that run met may have been
    /// a loose cable, and then nothing is given up.
    private func verifyIfSuspect() throws(LibraryError) {
        guard storage.exists(storage.suspicion) else { return }
        try check(storage.database, pragma: "integrity_check")
        storage.remove(storage.suspicion)
    }

    private func recover(from damage: LibraryError) throws(LibraryError) -> Outcome {
        let hadDatabase = storage.exists(storage.database)
        let setAside = try storage.setAside(at: now())
        let what = hadDatabase ? "\(storage.database) was damaged" : "\(storage.database) was missing"
        let whereTo = hadDatabase ? "; it was kept as \(setAside)" : ""
        var outcome: Outcome
        if let date = try restore() {
            outcome = Outcome(connections: try open(mayBeEmpty: true))
            outcome.notice = OpenNotice(
                kind: .restored(copyOf: date),
                message: "\(what)\(whereTo). The last good copy of \(Self.utc(date)) is in use: later edits are lost.",
                setAside: hadDatabase ? setAside : nil
            )
        } else {
            outcome = Outcome(connections: try open(mayBeEmpty: true))
            outcome.notice = OpenNotice(
                kind: .startedEmpty,
                message: "\(what) and there is no good copy\(whereTo). The library starts empty.",
                setAside: hadDatabase ? setAside : nil
            )
        }
        try jumpSequence(outcome.connections)
        storage.remove(storage.suspicion)
        return outcome
    }

    /// - Returns: when the copy in use was made; nil if there is none that works.
    private func restore() throws(LibraryError) -> Date? {
        guard storage.exists(storage.goodCopy) else { return nil }
        let date = storage.modificationDate(of: storage.goodCopy) ?? now()
        do {
            try check(storage.goodCopy, pragma: "quick_check")
        } catch let error where error.code == .damaged {
            return nil
        }
        try storage.restoreGoodCopy()
        return date
    }

    /// A copy does not know how many sequence numbers were given out after it was made. Clients must never see one
    /// twice, so numbering goes on far above whatever that may have been.
    private func jumpSequence(_ connections: Connections) throws(LibraryError) {
        let floor = now().milliseconds
        do {
            try connections.writer.inDatabase { db in
                try db.execute(
                    sql: "UPDATE counter SET value = max(value + 1000000000, ?) WHERE name = 'server_seq'",
                    arguments: [floor]
                )
            }
        } catch {
            throw translate(error)
        }
    }

    private func fullNotice(_ connections: Connections) -> OpenNotice? {
        guard connections.isExclusive else { return nil }
        return OpenNotice(
            kind: .full,
            message: "The disk that holds \(storage.path) is full: nothing can be changed until there is room."
        )
    }

    // MARK: - SQLite

    private func open(mayBeEmpty: Bool) throws(LibraryError) -> Connections {
        do {
            let connections = try Connections.open(path: storage.database, mayBeEmpty: mayBeEmpty)
            do {
                try connections.lookups.inDatabase(Self.probe)
                return connections
            } catch {
                connections.close()
                throw error
            }
        } catch {
            throw translate(error)
        }
    }

    /// Reads a little of every table, so that the damage a power cut does to the pages in use is met here.
    private static func probe(_ db: Database) throws {
        for table in ["playlist", "track", "tag", "resume", "setting", "counter"] {
            _ = try Row.fetchAll(db, sql: "SELECT * FROM \(table) LIMIT 2")
        }
        guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT * FROM counter WHERE name = 'server_seq')") == true
        else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a counter is missing")
        }
        _ = try Row.fetchOne(db, sql: "SELECT * FROM track ORDER BY key DESC LIMIT 1")
    }

    private func check(_ file: String, pragma: String) throws(LibraryError) {
        do {
            let queue = try Connections.openAside(path: file, label: "check")
            defer { try? queue.close() }
            try queue.inDatabase { try Self.check($0, pragma: pragma) }
        } catch {
            throw translate(error)
        }
    }

    /// - Throws: `SQLITE_CORRUPT` with the first thing that is wrong.
    static func check(_ db: Database, pragma: String) throws {
        let verdict = try String.fetchOne(db, sql: "PRAGMA \(pragma)(1)")
        guard verdict == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict ?? "\(pragma) says nothing")
        }
    }

    private func translate(_ error: any Error) -> LibraryError {
        switch error {
        case let error as LibraryError:
            error
        case let error as DatabaseError:
            error.libraryError(file: storage.database)
        case SupersededError.newer:
            LibraryError(
                .unavailable,
                "\(storage.database) was written by a newer version of Musicbox: install that version again."
            )
        case SupersededError.foreign:
            LibraryError(
                .unavailable,
                "\(storage.database) belongs to another program: move it away or set storage.directory."
            )
        default:
            DatabaseError(undecodable: error).libraryError(file: storage.database)
        }
    }

    /// `2026-01-31 07:59:00 UTC`
    private static func utc(_ date: Date) -> String {
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space).year().month().day()
        return date.formatted(style.time(includingFractionalSeconds: false)) + " UTC"
    }
}
