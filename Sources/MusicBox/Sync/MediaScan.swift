import Glibc

/// A playable file as a scan found it.
struct MediaFile: Sendable, Equatable, Hashable {
    /// Relative to `media/`.
    var path: String
    /// Bytes.
    var size: Int
    /// Milliseconds since 1970.
    var modifiedMs: Int

    /// The folder that it lies in, relative to `media/`; empty for `media/` itself.
    var folder: String { MediaFile.folder(of: path) }

    static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}

/// What lies in the media directory. Hidden entries (other programs' temporary files among them) and what is no audio by
/// its name are passed over; links are followed, each folder is read once, so that a link to a folder above ends.
/// Blocking: for a thread that may.
struct MediaScan: Sendable {
    private(set) var files: [MediaFile] = []
    /// Folders that could not be read, relative to `media/`, with the reason.
    private(set) var unreadable: [String: String] = [:]
    /// Files whose name the box cannot use, with the reason.
    private(set) var skipped: [(file: String, reason: String)] = []
    private var seen: Set<FileIdentity> = []

    private struct FileIdentity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    /// Deeper than any sensible collection, and far from the end of the stack.
    private static let maximumDepth = 32
    /// Folders that file servers and macOS put beside the user's own.
    private static let foreignFolders: Set = ["@eaDir", "#recycle", "__MACOSX", "lost+found"]

    init(of media: String) {
        var status = stat()
        guard stat(media, &status) == 0 else {
            unreadable[""] = Self.reason(errno)
            return
        }
        read(media, relative: "", status: status, depth: 0)
    }

    /// A scan that found these.
    init(files: [MediaFile]) { self.files = files }

    mutating func note(unreadable: [String: String]) { self.unreadable = unreadable }

    private mutating func read(_ path: String, relative: String, status: stat, depth: Int) {
        guard seen.insert(FileIdentity(device: status.st_dev, inode: status.st_ino)).inserted else { return }
        guard depth <= Self.maximumDepth else {
            unreadable[relative] = "too many folders in each other"
            return
        }
        guard let directory = opendir(path) else {
            unreadable[relative] = Self.reason(errno)
            return
        }
        defer { closedir(directory) }
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                // A failing card shows here, not in opendir: what was not read must not count as gone.
                if errno != 0 { unreadable[relative] = Self.reason(errno) }
                return
            }
            guard let name = Self.name(of: entry) else {
                skipped.append((relative, "a name in it is not UTF-8: rename the file"))
                continue
            }
            if name.hasPrefix(".") || Self.foreignFolders.contains(name) { continue }
            let below = relative.isEmpty ? name : "\(relative)/\(name)"
            var entryStatus = stat()
            guard stat("\(path)/\(name)", &entryStatus) == 0 else {
                // A link to nowhere is no file; anything else may be one that cannot be seen now.
                if errno != ENOENT { unreadable[below] = Self.reason(errno) }
                continue
            }
            if entryStatus.st_mode & S_IFMT == S_IFDIR {
                read("\(path)/\(name)", relative: below, status: entryStatus, depth: depth + 1)
            } else if entryStatus.st_mode & S_IFMT == S_IFREG, MediaName.isPlayable(name) {
                let modified = entryStatus.st_mtim
                files.append(
                    MediaFile(
                        path: below,
                        size: Int(entryStatus.st_size),
                        modifiedMs: modified.tv_sec * 1_000 + modified.tv_nsec / 1_000_000
                    )
                )
            }
        }
    }

    /// The file as it is now; nil when it is gone.
    static func look(at path: String, in media: String) -> MediaFile? {
        var status = stat()
        guard stat("\(media)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return MediaFile(
            path: path,
            size: Int(status.st_size),
            modifiedMs: status.st_mtim.tv_sec * 1_000 + status.st_mtim.tv_nsec / 1_000_000
        )
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                String(validatingCString: $0)
            }
        }
    }

    private static func reason(_ code: CInt) -> String { String(cString: strerror(code)).lowercased() }
}
