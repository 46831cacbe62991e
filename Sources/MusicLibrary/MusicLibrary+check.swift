import Dispatch
import GRDB

/// What keeps a good copy at hand. Both take as long as reading the whole file and hinder nobody meanwhile: they use a
/// connection of their own, opened and closed here.
extension MusicLibrary {
    /// Reads the whole database and looks for damage (`PRAGMA quick_check`). What is found stays in `health`, and the
    /// next start goes back to the last good copy.
    @discardableResult
    package func check() async -> LibraryHealth {
        let moment = now()
        do {
            try await aside { storage in
                let queue = try Connections.openAside(path: storage.database, label: "check")
                defer { try? queue.close() }
                try queue.inDatabase { try DatabaseOpening.check($0, pragma: "quick_check") }
            }
            noteCheck(at: moment)
        } catch {
            if note(error).code == .damaged { noteCheck(at: moment) }
        }
        return health
    }

    /// Makes a new good copy in the place of the old one. The copy is checked before it takes that place, so a damaged
    /// database never replaces a good copy.
    package func backup() async throws {
        let moment = now()
        do {
            try await aside { storage in
                defer { storage.remove(storage.halfCopy) }
                storage.remove(storage.halfCopy)
                try Self.copy(storage.database, to: storage.halfCopy)
                try storage.sync(storage.halfCopy)
                try storage.replace(storage.goodCopy, by: storage.halfCopy)
            }
            noteCopy(at: moment)
        } catch {
            throw note(error)
        }
    }

    static func copy(_ source: String, to target: String) throws {
        let from = try Connections.openAside(path: source, label: "backup")
        defer { try? from.close() }
        var configuration = Configuration()
        // Nothing depends on the half copy: it is synced as a whole before it gets its name.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF; PRAGMA cache_size = -256") }
        let to = try DatabaseQueue(path: target, configuration: configuration)
        defer { try? to.close() }
        try to.inDatabase { copy in
            try from.inDatabase { try $0.backup(to: copy) }
            // One file that stands alone, whatever becomes of it.
            _ = try String.fetchOne(copy, sql: "PRAGMA journal_mode = DELETE")
            try DatabaseOpening.check(copy, pragma: "quick_check")
        }
    }

    /// Runs blocking work on a thread that nobody else waits for.
    func aside<Result: Sendable>(_ work: @escaping @Sendable (StorageDirectory) throws -> Result) async throws -> Result
    {
        guard !connections.isExclusive else {
            throw LibraryError(.full, "The disk that holds \(directory.path) is full: free some space and restart.")
        }
        let storage = directory
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Swift.Result<Result, any Error>, Never>) in
            housekeeping.async { continuation.resume(returning: Swift.Result { try work(storage) }) }
        }
        return try result.get()
    }
}
