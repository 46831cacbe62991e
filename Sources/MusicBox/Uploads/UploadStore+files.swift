package import MusicLibrary

/// A file of the store as a server of files needs to know it.
package struct StoredFile: Sendable, Equatable {
    package var path: String
    /// Bytes.
    package var size: Int
    /// Changes whenever the bytes do.
    package var version: String
}

/// The files of the store, and the room they have.
extension UploadStore {
    /// What is free where the uploads go: first here, then in the store, which may be another file system.
    package func freeBytes() async throws -> Int {
        let directories = directories
        return try await files.run {
            min(try DiskFile.freeBytes(at: directories.uploads), try DiskFile.freeBytes(at: directories.media))
        }
    }

    /// Deletes files that no track refers to any more.
    package func delete(_ orphans: OrphanedFiles) async {
        let directories = directories
        try? await files.run {
            for path in orphans.media { DiskFile.remove(directories.media + "/" + path) }
            for path in orphans.covers { DiskFile.remove(directories.covers + "/" + path) }
        }
    }

    /// - Throws: ``BoxError/notFound(_:)``.
    package nonisolated func media(_ track: Track) async throws -> StoredFile {
        try await stored(directories.media + "/" + track.filePath, of: "track \(track.id)", "file")
    }

    /// - Throws: ``BoxError/notFound(_:)``.
    package nonisolated func cover(_ path: String?, of owner: String) async throws -> StoredFile {
        guard let path else { throw BoxError.notFound("\(owner) has no cover") }
        return try await stored(directories.covers + "/" + path, of: owner, "cover")
    }

    private nonisolated func stored(_ path: String, of owner: String, _ what: String) async throws -> StoredFile {
        guard let state = try await files.run({ DiskFile.state(of: path) }) else {
            throw BoxError.notFound("the \(what) of \(owner) is missing")
        }
        return StoredFile(path: path, size: state.size, version: state.version)
    }
}
