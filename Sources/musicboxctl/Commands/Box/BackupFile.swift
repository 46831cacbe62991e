import Glibc

/// Whether a file can be a backup, seen by its first bytes, before gigabytes of something else are sent.
enum BackupFile {
    private static let mark = Array("musicbox-backup.json".utf8)

    static func isBackup(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return isMarked(descriptor)
    }

    /// Of a file that is open for writing, by its name in the file system of processes.
    static func isBackup(_ descriptor: CInt) -> Bool { isBackup("/proc/self/fd/\(descriptor)") }

    /// The name of the first member stands at the beginning of a tar archive, its kind at 257.
    private static func isMarked(_ descriptor: CInt) -> Bool {
        var head = [UInt8](repeating: 0, count: 512)
        guard pread(descriptor, &head, head.count, 0) == head.count else { return false }
        let name = head.drop { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }
        return name.starts(with: mark) && head[257..<262].elementsEqual("ustar".utf8)
    }
}
