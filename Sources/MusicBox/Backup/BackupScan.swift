import Glibc
import MusicLibrary

/// The files that go into a backup beside the database: everything under `media/` and `covers/` that is not hidden.
struct BackupScan: Sendable {
    /// Relative to the storage directory.
    private(set) var paths: [String] = []
    let root: String

    init(of storage: StorageDirectory) throws {
        root = storage.path
        for folder in [StorageDirectory.mediaName, StorageDirectory.coversName] { try read(folder, depth: 0) }
        paths.sort()
    }

    private mutating func read(_ folder: String, depth: Int) throws {
        // A link to a folder above would never end.
        guard depth < 32 else { throw BoxError.storage("\(root)/\(folder): too many folders in each other") }
        for name in DiskFile.names(in: "\(root)/\(folder)") where !name.hasPrefix(".") {
            var status = stat()
            // A name that is not UTF-8 is not found under the text that was made of it: no track has such a file.
            guard stat("\(root)/\(folder)/\(name)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try read("\(folder)/\(name)", depth: depth + 1)
            case S_IFREG: paths.append("\(folder)/\(name)")
            default: break
            }
        }
    }
}
