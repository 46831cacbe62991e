import Glibc
import MediaNaming

/// A folder that holds audio files itself; `components` lead to it from the folder that is imported.
struct AudioFolder: Equatable, Sendable {
    var components: [String]
    /// In natural order.
    var files: [AudioFile]
}

/// Reads a tree of folders for what can be imported.
///
/// Hidden entries and what is no audio are passed over in silence; links are followed, each folder is read once, so that
/// a link to a folder above ends. Blocking: for a thread that may.
struct FolderScan {
    private(set) var folders: [AudioFolder] = []
    private(set) var skipped: [SkippedFile] = []
    private var seen: Set<FileIdentity> = []
    private let recursive: Bool

    /// Folders that file servers and macOS put beside the user's own.
    private static let foreignFolders: Set = ["@eaDir", "#recycle", "__MACOSX", "lost+found"]

    private struct FileIdentity: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    /// - Throws: `CtlError` of code `noInput` or `data` about `path` itself; what cannot be read below it is in `skipped`.
    init(of path: String, recursive: Bool) throws(CtlError) {
        self.recursive = recursive
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CtlError(.noInput, "\(path) cannot be read (\(Self.reason(errno)))", remedy: "give a folder of music")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw CtlError(.data, "\(path) is no folder", remedy: "give the folder that holds the file")
        }
        if let code = read(path, components: [], status: status) {
            throw CtlError(.noInput, "\(path) cannot be read (\(Self.reason(code)))", remedy: "see its permissions")
        }
        folders.sort { NaturalOrder.areInOrder($0.components, $1.components) }
    }

    /// Reads one folder and, if asked to, those below it. Returns errno when the folder itself cannot be read.
    private mutating func read(_ path: String, components: [String], status: stat) -> CInt? {
        guard seen.insert(FileIdentity(device: status.st_dev, inode: status.st_ino)).inserted else { return nil }
        guard let directory = opendir(path) else { return errno }
        defer { closedir(directory) }
        var files: [AudioFile] = []
        while let entry = readdir(directory) {
            guard let name = Self.name(of: entry) else {
                skipped.append(SkippedFile(file: path, reason: "a name in it is not UTF-8: rename the file"))
                continue
            }
            if name.hasPrefix(".") || Self.foreignFolders.contains(name) { continue }
            let entryPath = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            var entryStatus = stat()
            let code = stat(entryPath, &entryStatus) == 0 ? nil : errno
            if code == nil, entryStatus.st_mode & S_IFMT == S_IFDIR {
                guard recursive else { continue }
                if let code = read(entryPath, components: components + [name], status: entryStatus) {
                    skipped.append(SkippedFile(file: entryPath, reason: Self.reason(code)))
                }
            } else if AudioFile.looksLikeAudio(name) || AudioFile.looksLikeSheet(name) {
                let file = AudioFile(path: entryPath, name: name, size: Int(entryStatus.st_size))
                if let obstacle = Self.obstacle(code: code, status: entryStatus) {
                    skipped.append(SkippedFile(file: entryPath, reason: obstacle))
                } else {
                    files.append(file)
                }
            }
        }
        if files.contains(where: { !$0.isSheet }) {
            files.sort { first, second in
                // A sheet divides a file that is there already.
                if first.isSheet != second.isSheet { return second.isSheet }
                let stems = [AudioFile.stem(first.name), AudioFile.stem(second.name)]
                return stems[0] == stems[1] ? first.name < second.name : NaturalOrder.areInOrder(stems[0], stems[1])
            }
            folders.append(AudioFolder(components: components, files: files))
        }
        return nil
    }

    private static func obstacle(code: CInt?, status: stat) -> String? {
        if let code { return reason(code) }
        if status.st_mode & S_IFMT != S_IFREG { return "is no regular file" }
        return status.st_size == 0 ? "is empty" : nil
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                String(validatingCString: $0)
            }
        }
    }

    private static func reason(_ code: CInt) -> String {
        String(cString: strerror(code)).lowercased()
    }
}
