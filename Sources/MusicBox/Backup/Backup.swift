import MusicLibrary

/// One backup on its way out: manifest, database, media and covers, and the sums of all of them, in constant memory.
package struct Backup: Sendable {
    private enum State: Sendable {
        /// Can transition to `.files`.
        case manifest
        /// The next file to be opened. Can transition to `.reading`, `.done`.
        case files(Int)
        /// Bytes of the file that are still to come. Can transition to itself, `.files`.
        case reading(FilePieces, index: Int, left: Int)
        case done
    }

    private static let piece = 256 << 10

    private let manifest: BackupManifest
    private let contents: [(file: String, path: String)]
    private let files: any FileWork
    private let lease: BackupLease
    private var sums: [UInt8] = []
    private var state = State.manifest

    /// - Parameter database: a copy that nobody writes to.
    init(manifest: BackupManifest, database: String, scan: BackupScan, files: any FileWork, lease: BackupLease) {
        self.manifest = manifest
        self.files = files
        self.lease = lease
        contents =
            [(database, StorageDirectory.databaseName)] + scan.paths.map { (file: "\(scan.root)/\($0)", path: $0) }
    }

    /// The next bytes of the archive; nil at its end.
    ///
    /// - Throws: ``BoxError`` when a file cannot be read or changes while it is; the archive then has no end, and nobody
    ///   takes it for a whole one.
    package mutating func next() async throws -> [UInt8]? {
        switch state {
        case .manifest:
            state = .files(0)
            sums += BackupManifest.sum(try DiskFile.sha256(of: manifest.json), BackupManifest.name)
            return Self.whole(manifest.json, as: BackupManifest.name)
        case .files(let index):
            guard index < contents.count else {
                state = .done
                return Self.whole(sums, as: BackupManifest.sumsName) + Tar.end
            }
            let (file, path) = contents[index]
            guard let reader = try await files.run({ try FilePieces(file) }) else {
                // What was deleted since is in nobody's way.
                state = .files(index + 1)
                return []
            }
            let header = Tar.header(of: TarEntry(path: path, size: reader.size, modified: reader.modified))
            advance(reader, index: index, left: reader.size)
            return header
        case .reading(let reader, let index, let left):
            let count = min(left, Self.piece)
            var bytes = try await files.run { try reader.next(count) }
            if count == left { bytes += [UInt8](repeating: 0, count: Tar.padding(of: reader.size)) }
            advance(reader, index: index, left: left - count)
            return bytes
        case .done: return nil
        }
    }

    private mutating func advance(_ reader: FilePieces, index: Int, left: Int) {
        guard left == 0 else {
            state = .reading(reader, index: index, left: left)
            return
        }
        sums += BackupManifest.sum(reader.digest, contents[index].path)
        reader.close()
        state = .files(index + 1)
    }

    private static func whole(_ bytes: [UInt8], as path: String) -> [UInt8] {
        Tar.header(of: TarEntry(path: path, size: bytes.count)) + bytes
            + [UInt8](repeating: 0, count: Tar.padding(of: bytes.count))
    }
}
