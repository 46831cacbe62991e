import Glibc

/// The directory that holds everything the box keeps, and the names in it. Only this type knows where the files of the
/// database lie.
package struct StorageDirectory: Sendable {
    /// Absolute or relative to the working directory, without a trailing slash.
    package let path: String

    package var media: String { path + "/media" }
    package var covers: String { path + "/covers" }
    package var uploads: String { path + "/uploads" }

    /// What comes from the network, until it is whole.
    package var downloads: String { path + "/downloads" }

    var database: String { path + "/musicbox.db" }
    /// The last copy that passed SQLite's check, in one file without a journal.
    var goodCopy: String { database + ".good" }
    /// A copy on its way to becoming `goodCopy` or `database`; worthless after a crash.
    var halfCopy: String { database + ".copying" }
    /// Where what plays is; see ``ResumeFile``.
    var resumeFile: String { path + "/" + Self.resumeFileName }
    static let resumeFileName = "musicbox.resume"
    /// Present when a run met damage: the next start checks the whole file before it uses it.
    var suspicion: String { database + ".suspect" }

    /// Creates the directory and its sub-directories where they are missing.
    ///
    /// - Throws: `readOnly` or `unavailable`, with a line that names the path and the remedy.
    static func prepare(_ path: String) throws(LibraryError) -> StorageDirectory {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard !trimmed.isEmpty, !trimmed.utf8.contains(0) else {
            throw LibraryError(.invalid, "The storage directory has no name: set storage.directory.")
        }
        let directory = StorageDirectory(path: String(trimmed))
        try makeDirectories(directory.path)
        for folder in [directory.media, directory.covers, directory.uploads] {
            try makeDirectory(folder)
        }
        guard access(directory.path, R_OK | W_OK | X_OK) == 0 else {
            throw StorageDirectory.refusal(directory.path, errno: errno)
        }
        return directory
    }

    /// `mkdir -p`.
    private static func makeDirectories(_ path: String) throws(LibraryError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw refusal(path, errno: ENOTDIR) }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectories(String(path[..<slash]))
        }
        try makeDirectory(path)
    }

    private static func makeDirectory(_ path: String) throws(LibraryError) {
        guard mkdir(path, 0o755) != 0 else { return }
        let code = errno
        var status = stat()
        guard code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw refusal(path, errno: code == EEXIST ? ENOTDIR : code)
        }
    }

    /// What people are told when the system refuses a path.
    static func refusal(_ path: String, errno code: Int32) -> LibraryError {
        let cause = "errno \(code): \(String(cString: strerror(code)))"
        switch code {
        case ENOTDIR:
            return LibraryError(
                .unavailable,
                "\(path) is not a directory: move the file away or set storage.directory to another place.",
                cause: cause
            )
        case EROFS:
            return LibraryError(
                .readOnly,
                "\(path) is on a read-only file system: remount it for writing or set storage.directory.",
                cause: cause
            )
        case EACCES, EPERM:
            return LibraryError(
                .readOnly,
                "\(path) cannot be written by this user: give it the directory (chown) or set storage.directory.",
                cause: cause
            )
        case ENOSPC, EDQUOT:
            return LibraryError(.full, "There is no room for \(path): free some space on the disk.", cause: cause)
        default:
            return LibraryError(
                .unavailable,
                "\(path) cannot be used (\(String(cString: strerror(code)))): check the disk and storage.directory.",
                cause: cause
            )
        }
    }
}
