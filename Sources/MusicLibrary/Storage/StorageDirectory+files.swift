import FoundationEssentials
import Glibc

/// Moving, copying and marking of whole files, each step durable before the next one begins.
extension StorageDirectory {
    func exists(_ file: String) -> Bool {
        access(file, F_OK) == 0
    }

    /// Bytes, or nil if the file is missing.
    func size(of file: String) -> Int? {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : nil
    }

    func modificationDate(of file: String) -> Date? {
        var status = stat()
        guard stat(file, &status) == 0 else { return nil }
        let seconds = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
        return Date(timeIntervalSince1970: seconds)
    }

    /// Moves the database and its journal out of the way, under a name nothing else has.
    ///
    /// The database goes first: if the power fails in between, the next start finds no database, moves what is left of
    /// the journal and goes on from there. A journal left behind would be replayed into the file that takes its place.
    ///
    /// - Returns: the path of what was the database.
    func setAside(at date: Date) throws(LibraryError) -> String {
        let base = database + ".damaged-" + Self.stamp(date)
        var target = base
        var attempt = 2
        while ["", "-wal", "-shm"].contains(where: { exists(target + $0) }) {
            target = "\(base)-\(attempt)"
            attempt += 1
        }
        for suffix in ["", "-wal", "-shm"] where exists(database + suffix) {
            guard rename(database + suffix, target + suffix) == 0 else {
                throw Self.refusal(database + suffix, errno: errno)
            }
        }
        try sync(path)
        return target
    }

    /// Puts a copy of the good copy in the place of the database.
    func restoreGoodCopy() throws(LibraryError) {
        try copy(goodCopy, to: halfCopy)
        try replace(database, by: halfCopy)
    }

    /// `rename(2)`, durable at return.
    func replace(_ file: String, by new: String) throws(LibraryError) {
        guard rename(new, file) == 0 else { throw Self.refusal(file, errno: errno) }
        try sync(path)
    }

    func remove(_ file: String) {
        unlink(file)
    }

    /// Writes a small file for the next start. Best effort: it is called when the disk is already in trouble.
    func mark(_ file: String, text: String) {
        let descriptor = Glibc.open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var line = text + "\n"
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
        fsync(descriptor)
        try? sync(path)
    }

    /// Flushes a file or directory to the disk.
    func sync(_ file: String) throws(LibraryError) {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.refusal(file, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.refusal(file, errno: errno) }
    }

    private func copy(_ source: String, to target: String) throws(LibraryError) {
        let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Self.refusal(source, errno: errno) }
        defer { close(input) }
        let output = Glibc.open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw Self.refusal(target, errno: errno) }
        defer { close(output) }
        while true {
            // The kernel moves the bytes; nothing of the file enters this process.
            let moved = sendfile(output, input, nil, 1 << 24)
            if moved == 0 { break }
            if moved < 0 {
                if errno == EINTR { continue }
                throw Self.refusal(target, errno: errno)
            }
        }
        guard fsync(output) == 0 else { throw Self.refusal(target, errno: errno) }
    }

    /// `20260131T075900Z`
    private static func stamp(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))"
        return day + "T\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
    }
}
