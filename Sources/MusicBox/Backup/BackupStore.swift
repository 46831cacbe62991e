package import Logging
package import MusicLibrary

/// Carries the whole box in one tar archive: out, while it plays, and back in, as the state of its next start.
package actor BackupStore {
    package struct Restored: Sendable, Equatable {
        package var contents: MusicLibrary.Contents
        package var files: Int
    }

    private let box: MusicBox
    private let files: any FileWork
    private let minimumFreeBytes: Int
    private let logger: Logger
    private var isWriting = false
    private var isRestoring = false

    package init(box: MusicBox, files: any FileWork, minimumFreeBytes: Int, logger: Logger) {
        self.box = box
        self.files = files
        self.minimumFreeBytes = minimumFreeBytes
        self.logger = logger
    }

    /// Takes a copy of the database at this moment; the archive then comes of ``Backup/next()``. There is one at a time,
    /// until nobody holds it any more.
    package func begin() async throws -> Backup {
        guard !isWriting else { throw BoxError.conflict("a backup is under way already") }
        isWriting = true
        let storage = box.library.directory
        let copy = storage.path + "/backup.db"
        do {
            try await files.run { DiskFile.remove(copy) }
            await box.rememberNow()
            try await box.library.copyDatabase(to: copy)
            let scan = try await files.run { try BackupScan(of: storage) }
            let manifest = BackupManifest(createdMs: box.time.wallMilliseconds)
            let lease = BackupLease { Task { await self.end() } }
            return Backup(manifest: manifest, database: copy, scan: scan, files: files, lease: lease)
        } catch {
            await end()
            throw error
        }
    }

    private func end() async {
        let copy = box.library.directory.path + "/backup.db"
        await files.tidyUp { DiskFile.remove(copy) }
        isWriting = false
    }

    /// Receives an archive, verifies it and has the next start take it into use. Until the very end nothing of the box
    /// changes.
    ///
    /// - Parameters:
    ///   - size: bytes that will come, if that is known.
    ///   - pieces: the archive.
    /// - Throws: ``BoxError/invalid(_:)`` when it is no whole backup, ``BoxError/insufficientStorage(_:)``.
    package func restore<Pieces: AsyncSequence & Sendable>(size: Int?, pieces: Pieces) async throws -> Restored
    where Pieces.Element == [UInt8] {
        guard !isRestoring else { throw BoxError.conflict("a restore is under way already") }
        isRestoring = true
        defer { isRestoring = false }
        let storage = box.library.directory
        try storage.checkRestorable()
        let (floor, files) = (minimumFreeBytes, files)
        try await files.run {
            DiskFile.removeTree(storage.incoming)
            DiskFile.removeTree(storage.ready)
            DiskFile.removeTree(storage.replaced)
            guard try DiskFile.freeBytes(at: storage.path) - (size ?? 0) > floor else {
                throw BoxError.insufficientStorage(
                    "there is no room for the backup beside what the box has: remove something first"
                )
            }
        }
        let extraction = BackupExtraction(into: storage.incoming, reserve: floor)
        do {
            for try await piece in pieces { try await files.run { try extraction.feed(piece) } }
            let count = try await files.run { try extraction.finish() }
            let contents = try await box.library.commitRestored()
            logger.notice(
                "A backup was received; the next start takes it into use",
                metadata: ["playlists": "\(contents.playlists)", "tracks": "\(contents.tracks)"]
            )
            return Restored(contents: contents, files: count)
        } catch {
            extraction.close()
            await files.tidyUp { DiskFile.removeTree(storage.incoming) }
            throw error
        }
    }
}

/// Held by those who may still read a backup. A client can go away before the first byte was asked for, and nobody else
/// would notice.
final class BackupLease: Sendable {
    private let release: @Sendable () -> Void

    init(release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
