import Glibc

/// The swap of everything the box keeps for what a backup held. Renames only, in an order that a power cut at any moment
/// leaves to be finished by the next start; nothing of the old state is deleted before the new one is in use.
///
///     incoming/  a backup being received -> verified -> ready/ -> (start) old state to replaced/, ready's to its place
extension StorageDirectory {
    /// What is being received; worthless after a restart.
    package var incoming: String { path + "/restore.incoming" }
    /// A whole, verified state that the next start takes into use.
    package var ready: String { path + "/restore.ready" }
    /// The state that was in use before.
    package var replaced: String { path + "/restore.replaced" }

    /// The name of the database in a backup.
    package static let databaseName = "musicbox.db"
    package static let mediaName = "media"
    package static let coversName = "covers"

    private static let carried = [databaseName, mediaName, coversName]
    /// What belongs to the old database alone. A journal left behind would be replayed into the new one.
    private static let companions = [
        "musicbox.db-wal", "musicbox.db-shm", "musicbox.db.good", "musicbox.db.suspect", resumeFileName,
    ]

    /// Makes what lies in ``incoming`` the state of the next start; from here on there is no way back.
    func commitIncoming() throws(LibraryError) {
        guard rename(incoming, ready) == 0 else { throw Self.refusal(ready, errno: errno) }
        try sync(path)
    }

    /// Puts a restored state in place, if one waits.
    ///
    /// - Returns: whether there was one.
    func takeRestored() throws(LibraryError) -> Bool {
        guard exists(ready) else { return false }
        guard mkdir(replaced, 0o755) == 0 || errno == EEXIST else { throw Self.refusal(replaced, errno: errno) }
        for name in Self.companions { try move(name, from: path, to: replaced) }
        for name in Self.carried where exists(ready + "/" + name) {
            // Aside already, and the power failed: what is in its place is the empty folder of this start.
            if exists(replaced + "/" + name) {
                rmdir(path + "/" + name)
            } else {
                try move(name, from: path, to: replaced)
            }
            try move(name, from: ready, to: path)
        }
        try sync(path)
        guard rmdir(ready) == 0 else { throw Self.refusal(ready, errno: errno) }
        try sync(path)
        return true
    }

    /// The way back, when what was restored turns out to be of no use.
    func returnReplaced() throws(LibraryError) {
        let failed = path + "/restore.failed"
        guard mkdir(failed, 0o755) == 0 || errno == EEXIST else { throw Self.refusal(failed, errno: errno) }
        for name in Self.companions + Self.carried {
            try move(name, from: path, to: failed)
            try move(name, from: replaced, to: path)
        }
        try sync(path)
        rmdir(replaced)
    }

    /// - Throws: `unavailable` when a rename cannot carry the media, because they lie on a disk of their own.
    package func checkRestorable() throws(LibraryError) {
        var own = stat()
        guard stat(path, &own) == 0 else { throw Self.refusal(path, errno: errno) }
        for folder in [media, covers] {
            var status = stat()
            var link = stat()
            guard stat(folder, &status) == 0, lstat(folder, &link) == 0 else {
                throw Self.refusal(folder, errno: errno)
            }
            guard status.st_dev == own.st_dev, link.st_mode & S_IFMT == S_IFDIR else {
                throw LibraryError(
                    .unavailable,
                    "\(folder) lies on another disk than \(path): restore by hand, with tar and the box stopped."
                )
            }
        }
    }

    private func move(_ name: String, from: String, to: String) throws(LibraryError) {
        guard rename(from + "/" + name, to + "/" + name) == 0 || errno == ENOENT else {
            throw Self.refusal(from + "/" + name, errno: errno)
        }
    }
}

extension StorageDirectory {
    /// Removes a directory with all that is in it; links are removed, not followed.
    func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) else {
            unlink(path)
            return
        }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        closedir(stream)
        for name in names { removeTree(path + "/" + name) }
        rmdir(path)
    }
}
