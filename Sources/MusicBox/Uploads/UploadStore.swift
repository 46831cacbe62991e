package import Logging
package import MusicLibrary

/// Takes files in chunks and turns them into tracks: chunks go straight to their place in a file under `uploads/`; at
/// the end the file is checked, looked into, made durable and moved into the store in one step, so that the library
/// never names a file that is not wholly there.
package actor UploadStore {
    package struct Directories: Sendable {
        package var uploads: String
        package var media: String
        package var covers: String

        package init(uploads: String, media: String, covers: String) {
            self.uploads = uploads
            self.media = media
            self.covers = covers
        }
    }

    package static let maximumChunkSize = 4 << 20
    package static let defaultChunkSize = 1 << 20
    package static let maximumFileSize = 4 << 30
    /// What is missing is told by number with every chunk: more of them would cost more than the chunks.
    package static let maximumChunks = 16_384
    static let maximumSessions = 64

    private let box: MusicBox
    private let directories: Directories
    private let minimumFreeBytes: Int
    private let files: any FileWork
    private let probe: @Sendable (String) throws -> ProbedFile
    private let logger: Logger
    private var sessions: [String: UploadSession] = [:]
    /// Sessions that are being finished: nobody may change their file.
    private var busy: Set<String> = []
    /// How many chunks of a session are on their way to its file.
    private var writing: [String: Int] = [:]

    /// - Parameter probe: looks into an audio file; blocking; throws an error whose description is for people.
    package init(
        box: MusicBox,
        directories: Directories,
        minimumFreeBytes: Int,
        files: any FileWork,
        probe: @escaping @Sendable (String) throws -> ProbedFile,
        logger: Logger
    ) {
        self.box = box
        self.directories = directories
        self.minimumFreeBytes = minimumFreeBytes
        self.files = files
        self.probe = probe
        self.logger = logger
    }

    /// - Parameters:
    ///   - chunkSize: bytes; nil for the default.
    ///   - fileHash: SHA-256 in hex, checked at the end.
    package func open(
        playlistID: String,
        filename: String,
        fileSize: Int,
        chunkSize: Int?,
        fileHash: String?
    ) async throws -> UploadSession {
        guard try await box.library.playlist(id: playlistID) != nil else {
            throw BoxError.notFound("there is no playlist \(playlistID)")
        }
        let name = MediaName.sanitized(filename)
        guard let suffix = MediaName.pathExtension(name), MediaName.playableExtensions.contains(suffix) else {
            throw BoxError.invalid("\"\(name)\" is not an audio file that this box plays")
        }
        guard fileSize > 0 else { throw BoxError.invalid("\"\(name)\" is empty") }
        guard fileSize <= Self.maximumFileSize else {
            throw BoxError.tooLarge("\"\(name)\" is larger than \(Self.maximumFileSize >> 30) GiB")
        }
        let chunk = chunkSize ?? Self.defaultChunkSize
        guard (1_024...Self.maximumChunkSize).contains(chunk) else {
            throw BoxError.invalid("chunk_size must be 1024 to \(Self.maximumChunkSize)")
        }
        guard (fileSize - 1) / chunk < Self.maximumChunks else {
            throw BoxError.invalid("chunk_size is too small: \"\(name)\" may have \(Self.maximumChunks) chunks")
        }
        try fileHash.map(Self.check(hash:))
        dropExpired()
        guard sessions.count < Self.maximumSessions else { throw BoxError.busy }
        let pending = sessions.values.reduce(0) { $0 + $1.fileSize - $1.bytesReceived }
        guard try await freeBytes() - pending - fileSize >= minimumFreeBytes else {
            throw BoxError.insufficientStorage("there is no room for \"\(name)\": remove something first")
        }
        let session = UploadSession(
            id: Identifier.random(),
            playlistID: playlistID,
            filename: name,
            fileSize: fileSize,
            chunkSize: chunk,
            fileHash: fileHash?.lowercased(),
            createdMs: box.time.wallMilliseconds
        )
        sessions[session.id] = session
        return session
    }

    package func session(_ id: String, playlistID: String? = nil) throws -> UploadSession {
        guard let session = sessions[id], playlistID == nil || session.playlistID == playlistID else {
            throw BoxError.notFound("there is no upload session \(id)")
        }
        return session
    }

    package func write(chunk index: Int, of id: String, playlistID: String, bytes: [UInt8]) async throws
        -> UploadSession
    {
        let session = try session(id, playlistID: playlistID)
        try session.check(chunk: index, length: bytes.count)
        guard !busy.contains(id) else { throw BoxError.conflict("upload session \(id) is being finished") }
        let path = path(of: id)
        writing[id, default: 0] += 1
        defer { if let count = writing[id] { writing[id] = count > 1 ? count - 1 : nil } }
        try await files.run { try DiskFile.write(bytes, at: index * session.chunkSize, to: path) }
        guard sessions[id] != nil else {
            // Cancelled meanwhile; the write may have made the file anew.
            try? await files.run { DiskFile.remove(path) }
            throw BoxError.notFound("there is no upload session \(id)")
        }
        sessions[id]?.note(chunk: index)
        return try self.session(id)
    }

    package func cancel(_ id: String) async throws {
        _ = try session(id)
        guard !busy.contains(id) else { throw BoxError.conflict("upload session \(id) is being finished") }
        sessions[id] = nil
        let path = path(of: id)
        try await files.run { DiskFile.remove(path) }
    }

    /// Checks the file and makes it a track.
    ///
    /// - Throws: ``BoxError/conflict(_:)`` when chunks are missing or the hash differs: the session stays, and chunks can
    ///   be sent again. ``BoxError/invalid(_:)`` when the file cannot be played, which ends the session. In every case
    ///   nothing was added.
    ///
    /// - Returns: the track; the first one of a file with chapters, each of which becomes a track.
    package func finalize(_ id: String, playlistID: String, fileHash: String?) async throws -> Track {
        let session = try session(id, playlistID: playlistID)
        guard writing[id] == nil else { throw BoxError.conflict("a chunk of upload session \(id) is still coming") }
        guard busy.insert(id).inserted else { throw BoxError.conflict("upload session \(id) is being finished") }
        defer { busy.remove(id) }
        let missing = session.missing
        guard missing.isEmpty else {
            throw BoxError.conflict("\"\(session.filename)\" lacks \(missing.count) of \(session.totalChunks) chunks")
        }
        try fileHash.map(Self.check(hash:))
        do {
            let track = try await take(session, expectedHash: fileHash?.lowercased() ?? session.fileHash)
            sessions[id] = nil
            return track
        } catch BoxError.invalid(let message) {
            // The file went with this; a session without it would take chunks of nothing for a whole.
            sessions[id] = nil
            throw BoxError.invalid(message)
        }
    }

    private func take(_ session: UploadSession, expectedHash: String?) async throws -> Track {
        let (directories, probe, upload) = (directories, probe, path(of: session.id))
        let stored = try await files.run {
            let hash = try DiskFile.sha256(of: upload)
            guard expectedHash == nil || expectedHash == hash else {
                throw BoxError.conflict("\"\(session.filename)\" arrived damaged: its SHA-256 is \(hash)")
            }
            let content: ProbedFile
            do {
                content = try probe(upload)
            } catch {
                DiskFile.remove(upload)
                // The probe names the file as it lies under uploads/; people know it by its own name.
                throw BoxError.invalid("\(error)".replacing(session.id + ".part", with: session.filename))
            }
            let cover = try content.cover.map { cover in
                let name = "\(try DiskFile.sha256(of: cover.bytes).prefix(32)).\(cover.fileExtension)"
                try DiskFile.writeWhole(cover.bytes, to: directories.covers + "/" + name)
                return name
            }
            let folder = session.playlistID
            let name = try DiskFile.move(upload, into: directories.media + "/" + folder, as: session.filename)
            return (hash: hash, path: folder + "/" + name, content: content, cover: cover)
        }
        do {
            let whole = NewTrack(
                title: stored.content.title ?? MediaName.title(of: session.filename),
                filename: session.filename,
                filePath: stored.path,
                durationMs: stored.content.durationMs,
                artist: stored.content.artist,
                album: stored.content.album,
                fileHash: stored.hash,
                fileSize: session.fileSize,
                coverPath: stored.cover,
                loudness: stored.content.loudness
            )
            let added = try await box.addTracks(whole.parts(stored.content.chapters), to: session.playlistID)
            guard let first = added.first else { throw BoxError.notFound("there is no playlist \(session.playlistID)") }
            return first
        } catch {
            // The library does not know the file: it must not stay behind. The cover may serve other tracks.
            try? await files.run { DiskFile.remove(directories.media + "/" + stored.path) }
            sessions[session.id] = nil
            throw error
        }
    }

    /// What is free where the uploads go.
    package func freeBytes() async throws -> Int {
        let uploads = directories.uploads
        return try await files.run { try DiskFile.freeBytes(at: uploads) }
    }

    /// Deletes files that no track refers to any more.
    package func delete(_ orphans: OrphanedFiles) async {
        let directories = directories
        try? await files.run {
            for path in orphans.media { DiskFile.remove(directories.media + "/" + path) }
            for path in orphans.covers { DiskFile.remove(directories.covers + "/" + path) }
        }
    }

    /// Removes what uploads of an earlier run left behind; called once before the first session.
    package func sweep() async {
        let uploads = directories.uploads
        try? await files.run { DiskFile.removeContents(of: uploads) }
    }

    private func dropExpired() {
        let now = box.time.wallMilliseconds
        for session in sessions.values where session.expiresMs < now && !busy.contains(session.id) {
            sessions[session.id] = nil
            let path = path(of: session.id)
            Task { try? await files.run { DiskFile.remove(path) } }
        }
    }

    private func path(of id: String) -> String { directories.uploads + "/" + id + ".part" }

    private static func check(hash: String) throws {
        guard hash.utf8.count == 64, hash.allSatisfy(\.isHexDigit) else {
            throw BoxError.invalid("file_hash must be a SHA-256 in hex: 64 digits")
        }
    }
}
