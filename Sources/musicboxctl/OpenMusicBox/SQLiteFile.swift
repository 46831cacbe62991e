import CSQLite
import Glibc

/// A foreign SQLite database, opened for reading alone: nothing is written to it.
final class SQLiteFile {
    struct Failure: Error {
        var message: String
    }

    private let handle: OpaquePointer

    init(path: String) throws(Failure) {
        handle = try Self.open(path)
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// All rows of a query; each column by its name, as text, nil where it is NULL.
    func rows(_ sql: String) throws(Failure) -> [[String: String]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw Failure(message: Self.message(of: handle))
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[String: String]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                var row: [String: String] = [:]
                for column in 0..<sqlite3_column_count(statement) {
                    guard let name = sqlite3_column_name(statement, column),
                        let text = sqlite3_column_text(statement, column)
                    else { continue }
                    row[String(cString: name)] = String(cString: text)
                }
                rows.append(row)
            case SQLITE_DONE: return rows
            default: throw Failure(message: Self.message(of: handle))
            }
        }
    }

    /// With a journal beside it the database is whole only together with that, and SQLite needs a file of shared memory
    /// to read both; where that cannot be made, and without a journal, it is read as a file that nobody changes.
    private static func open(_ path: String) throws(Failure) -> OpaquePointer {
        var problem = ""
        var status = stat()
        let hasJournal = stat(path + "-wal", &status) == 0 && status.st_size > 0
        for options in hasJournal ? ["mode=ro", "mode=ro&immutable=1"] : ["mode=ro&immutable=1"] {
            var handle: OpaquePointer?
            let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            let code = sqlite3_open_v2("file:\(escaped(path))?\(options)", &handle, flags, nil)
            guard let handle else { throw Failure(message: "there is no memory for it") }
            let probe = code == SQLITE_OK ? sqlite3_exec(handle, "SELECT 1 FROM sqlite_master", nil, nil, nil) : code
            if probe == SQLITE_OK { return handle }
            problem = message(of: handle)
            sqlite3_close_v2(handle)
        }
        throw Failure(message: problem)
    }

    private static func escaped(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { String($0).percentEncoded }
            .joined(separator: "/")
    }

    private static func message(of handle: OpaquePointer) -> String { String(cString: sqlite3_errmsg(handle)) }
}
