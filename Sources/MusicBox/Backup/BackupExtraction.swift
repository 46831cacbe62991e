import Crypto
import Glibc
import MusicLibrary
import Synchronization

/// Unpacks a backup as it arrives and finds out whether it is a whole one. Blocking: for threads that may; one caller at
/// a time gets on.
final class BackupExtraction: Sendable {
    private struct State {
        var reader = TarReader()
        var isIdentified = false
        var current: TarEntry?
        var descriptor: CInt = -1
        var hash = SHA256()
        /// The manifest or the sums while they come.
        var text: [UInt8]?
        /// SHA-256 of what came, by path.
        var came: [String: String] = [:]
        var sums: [String: String]?
        var untilSpaceCheck = 0
    }

    private static let longestText = 64 << 20
    private static let spaceInterval = 16 << 20

    private let directory: String
    private let reserve: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - directory: created with the first file.
    ///   - reserve: bytes of the disk that stay free.
    init(into directory: String, reserve: Int) {
        self.directory = directory
        self.reserve = reserve
    }

    deinit { close() }

    /// - Throws: ``BoxError/invalid(_:)`` as soon as it is clear that this is no backup.
    func feed(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            do {
                var reader = state.reader
                defer { state.reader = reader }
                try reader.feed(bytes) { event in
                    switch event {
                    case .entry(let entry): try begin(entry, &state)
                    case .data(let bytes): try take(bytes, &state)
                    case .endOfEntry: try end(&state)
                    }
                }
            } catch let failure as TarReader.Failure {
                throw BoxError.invalid("the backup cannot be used: \(failure.message)")
            }
        }
    }

    /// Makes what came durable.
    ///
    /// - Returns: how many files there are.
    /// - Throws: ``BoxError/invalid(_:)`` when something is missing or damaged.
    func finish() throws -> Int {
        try state.withLock { state in
            guard state.isIdentified else {
                throw BoxError.invalid("the backup cannot be used: it is no backup of a Musicbox")
            }
            guard state.reader.isComplete, let sums = state.sums else {
                throw BoxError.invalid("the backup is cut off: its end is missing")
            }
            for (path, hash) in sums where state.came[path] != hash {
                let what = state.came[path] == nil ? "is missing" : "is damaged"
                throw BoxError.invalid("the backup is damaged: \(path) in it \(what)")
            }
            if let stranger = state.came.keys.first(where: { sums[$0] == nil }) {
                throw BoxError.invalid("the backup is damaged: \(stranger) is not in its list")
            }
            try DiskFile.makeDirectory(directory + "/" + StorageDirectory.mediaName)
            try DiskFile.makeDirectory(directory + "/" + StorageDirectory.coversName)
            // All of the files at once: syncing ten thousand one by one takes a card minutes.
            sync()
            return state.came.count - 1
        }
    }

    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    // MARK: - Entries

    private func begin(_ entry: TarEntry, _ state: inout State) throws {
        if entry.kind == .directory || entry.path == "." { return }
        state.current = entry
        state.hash = SHA256()
        guard state.isIdentified || entry.path == BackupManifest.name else {
            throw TarReader.Failure(message: "it is no backup of a Musicbox")
        }
        let top = entry.path.prefix { $0 != "/" }
        switch entry.path {
        case BackupManifest.name, BackupManifest.sumsName:
            guard entry.size <= Self.longestText else { throw TarReader.Failure(message: "it is damaged") }
            state.text = []
        case StorageDirectory.databaseName: try create(entry.path, &state)
        case _
        where top != entry.path && [StorageDirectory.mediaName, StorageDirectory.coversName].contains(String(top)):
            try create(entry.path, &state)
        default: throw TarReader.Failure(message: "\(entry.path) does not belong into it")
        }
    }

    private func create(_ path: String, _ state: inout State) throws {
        guard state.came[path] == nil else { throw TarReader.Failure(message: "\(path) is in it twice") }
        try DiskFile.makeDirectory(directory)
        var folder = directory
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            try DiskFile.makeDirectory(folder)
        }
        let file = directory + "/" + path
        state.descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard state.descriptor >= 0 else { throw DiskFile.failure("create", file) }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ state: inout State) throws {
        guard let entry = state.current else { return }
        bytes.withUnsafeBytes { state.hash.update(bufferPointer: $0) }
        if state.text != nil {
            state.text?.append(contentsOf: bytes)
            return
        }
        state.untilSpaceCheck -= bytes.count
        if state.untilSpaceCheck <= 0 {
            state.untilSpaceCheck = Self.spaceInterval
            guard try DiskFile.freeBytes(at: directory) > reserve else {
                throw BoxError.insufficientStorage(
                    "there is no room for the backup beside what the box has: remove something first"
                )
            }
        }
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = write(state.descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw DiskFile.failure("write", directory + "/" + entry.path) }
                done += count
            }
        }
    }

    private func end(_ state: inout State) throws {
        guard let entry = state.current else { return }
        state.current = nil
        if state.descriptor >= 0 {
            let code = Glibc.close(state.descriptor)
            state.descriptor = -1
            guard code == 0 else { throw DiskFile.failure("write", directory + "/" + entry.path) }
        }
        switch entry.path {
        case BackupManifest.name:
            try BackupManifest.check(state.text ?? [])
            state.isIdentified = true
        case BackupManifest.sumsName: state.sums = BackupManifest.sums(state.text ?? [])
        default: break
        }
        state.text = nil
        if entry.path != BackupManifest.sumsName { state.came[entry.path] = DiskFile.hex(state.hash.finalize()) }
    }
}
