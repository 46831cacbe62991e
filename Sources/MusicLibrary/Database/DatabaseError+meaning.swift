import GRDB

extension DatabaseError {
    /// The only other errors of GRDB are values that do not fit the column they are in, which the schema rules out.
    init(undecodable error: any Error) {
        self.init(resultCode: .SQLITE_CORRUPT, message: "\(error)")
    }

    /// The file holds what SQLite cannot have written, or the disk cannot give it back. https://sqlite.org/rescode.html
    var meansDamage: Bool {
        switch extendedResultCode {
        case .SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ, .SQLITE_IOERR_DATA, .SQLITE_IOERR_CORRUPTFS: true
        default: resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB
        }
    }

    /// `SQLITE_IOERR_SHMSIZE` is how a full disk shows when the shared memory file cannot grow.
    var meansFull: Bool {
        resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }

    /// What a user is told about `file`, the path of the database.
    func libraryError(file: String) -> LibraryError {
        let cause = "SQLite \(extendedResultCode.rawValue): \(message ?? "no message")"
        if meansDamage {
            return LibraryError(
                .damaged,
                "\(file) is damaged: restart the box, it then goes on with the last good copy.",
                cause: cause
            )
        }
        if meansFull {
            return LibraryError(.full, "The disk that holds \(file) is full: free some space.", cause: cause)
        }
        switch resultCode {
        case .SQLITE_READONLY, .SQLITE_PERM:
            return LibraryError(
                .readOnly,
                "\(file) cannot be written: make it and its directory writable for this user.",
                cause: cause
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LibraryError(.unavailable, "\(file) is held by another program: close it.", cause: cause)
        case .SQLITE_CANTOPEN:
            return LibraryError(.unavailable, "\(file) cannot be opened: check its owner and mode.", cause: cause)
        case .SQLITE_CONSTRAINT:
            return LibraryError(.invalid, "The library refuses this change: a value is not allowed.", cause: cause)
        default:
            return LibraryError(.unavailable, "\(file) cannot be used now: check the disk.", cause: cause)
        }
    }
}
