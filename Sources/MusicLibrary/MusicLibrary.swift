import Dispatch
package import FoundationEssentials
import GRDB
import Synchronization

/// The library: playlists, tracks, tag bindings, resume points and settings, in one SQLite database beside the media.
///
/// All methods are async and never block the caller's executor; SQLite runs on queues of its own. Every error they
/// throw is a `LibraryError`. An edit is on the disk when its method returns, and is carried out even if the task that
/// asked for it is cancelled. Only this module knows of SQL and GRDB.
package final class MusicLibrary: Sendable {
    package let directory: StorageDirectory
    /// What happened at the opening that people have to be told.
    package let notice: OpenNotice?

    let connections: Connections
    let now: @Sendable () -> Date
    /// One check or backup at a time.
    let housekeeping = DispatchQueue(label: "library.housekeeping", qos: .utility)
    private let state: Mutex<LibraryHealth>
    /// Edits so far in this run. Counted after the edit: a listing is of now if none was counted since before it began.
    let edits = Atomic(0)
    /// The whole list of playlists as it was after so many edits: every phone that comes asks for it.
    let listing = Mutex<(edits: Int, playlists: [PlaylistSummary])?>(nil)

    /// Opens the library, creating what is missing. Blocking: call it once at the start.
    ///
    /// A damaged database is set aside as `musicbox.db.damaged-<UTC>` and the last good copy takes its place, or an
    /// empty database where there is none; `notice` then says so.
    ///
    /// - Parameters:
    ///   - directory: the storage directory (`storage.directory`).
    ///   - now: the clock of the time stamps.
    package static func open(
        directory: String,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LibraryError) -> MusicLibrary {
        let storage = try StorageDirectory.prepare(directory)
        let wasRestored = try storage.takeRestored()
        if wasRestored { _ = try StorageDirectory.prepare(directory) }
        let library: MusicLibrary
        do {
            library = MusicLibrary(storage, try DatabaseOpening.run(storage, now: now), now: now)
        } catch {
            guard wasRestored else { throw error }
            try storage.returnReplaced()
            library = MusicLibrary(storage, try DatabaseOpening.run(storage, now: now), now: now)
        }
        library.takeUpResumeFile()
        return library
    }

    private init(_ directory: StorageDirectory, _ opening: DatabaseOpening.Outcome, now: @escaping @Sendable () -> Date)
    {
        self.directory = directory
        self.connections = opening.connections
        self.notice = opening.notice
        self.now = now
        var health = LibraryHealth(copiedAt: directory.modificationDate(of: directory.goodCopy))
        if connections.isExclusive {
            health.state = .full
            health.message = opening.notice?.message
        }
        self.state = Mutex(health)
    }

    /// The state of the database as far as it is known; costs nothing.
    package var health: LibraryHealth {
        state.withLock { $0 }
    }

    /// Ends what is under way and writes the journal back. The library is of no use afterwards.
    package func close() async {
        await withCheckedContinuation { continuation in
            housekeeping.async { [connections] in
                connections.close()
                continuation.resume()
            }
        }
    }

    // MARK: - Access for the parts of this module

    /// How much the library insists on a write.
    enum WriteKind {
        /// What a person did. Refused while the database is known to be damaged, because the next start would undo it.
        case edit
        /// What the box notes for itself (resume points, counters). Tried in any state.
        case note
    }

    /// Runs one transaction on the writer, durable at return. `body` gets the time of it in milliseconds since 1970.
    func write<T: Sendable>(
        _ kind: WriteKind,
        _ body: @escaping @Sendable (Database, Int64) throws -> T
    ) async throws -> T {
        if kind == .edit, case let health = health, health.state == .damaged {
            throw LibraryError(.damaged, health.message ?? "The database is damaged: restart the box.")
        }
        let moment = now().milliseconds
        let operation = kind == .edit ? NamedOperation.current : nil
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<T, any Error>, Never>) in
            connections.writer.asyncWriteWithoutTransaction { db in
                let result = Result {
                    var value: T?
                    try db.inTransaction(.immediate) {
                        let made = try body(db, moment)
                        try operation?.note(db, edit: made, now: moment)
                        value = made
                        return .commit
                    }
                    guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
                    return value
                }
                continuation.resume(returning: result)
            }
        }
        switch result {
        case .success(let value):
            if kind == .edit { edits.add(1, ordering: .releasing) }
            noteSuccessfulWrite()
            return value
        case .failure(let error):
            throw note(error)
        }
    }

    /// Runs reads on the connection for listings and searches. Each statement sees one moment.
    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await access(connections.reader, body)
    }

    /// Runs one indexed read that must not wait for a listing.
    func lookUp<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await access(connections.lookups, body)
    }

    private func access<T: Sendable>(
        _ queue: DatabaseQueue,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<T, any Error>, Never>) in
            queue.asyncWriteWithoutTransaction { db in
                continuation.resume(returning: Result { try body(db) })
            }
        }
        do { return try result.get() } catch { throw note(error) }
    }

    // MARK: - Health

    /// Turns what SQLite threw into what the caller gets, and remembers what it says about the database.
    func note(_ error: any Error) -> LibraryError {
        if let error = error as? LibraryError { return error }
        let databaseError = error as? DatabaseError ?? DatabaseError(undecodable: error)
        let translated = databaseError.libraryError(file: directory.database)
        switch translated.code {
        case .damaged: noteDamage(translated)
        case .full: noteTrouble(.full, translated.message)
        case .readOnly: noteTrouble(.readOnly, translated.message)
        default: break
        }
        return translated
    }

    func noteDamage(_ error: LibraryError) {
        let isNew = state.withLock { health in
            guard health.state != .damaged else { return false }
            health.state = .damaged
            health.message = error.message
            return true
        }
        if isNew { directory.mark(directory.suspicion, text: error.description) }
    }

    func noteCheck(at date: Date) {
        state.withLock { $0.checkedAt = date }
    }

    func noteCopy(at date: Date) {
        state.withLock { $0.copiedAt = date }
    }

    private func noteTrouble(_ trouble: LibraryHealth.State, _ message: String) {
        state.withLock { health in
            guard health.state != .damaged else { return }
            health.state = trouble
            health.message = message
        }
    }

    private func noteSuccessfulWrite() {
        state.withLock { health in
            guard health.state == .full || health.state == .readOnly else { return }
            health.state = .good
            health.message = nil
        }
    }
}
