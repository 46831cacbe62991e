import MediaNaming
package import MusicLibrary

/// From the whole file to the track.
extension UploadStore {
    /// What people say about a file goes over what it says of itself; nil leaves that.
    package struct MetadataOverride: Sendable, Equatable {
        package var title: String?
        package var artist: String?
        package var album: String?

        package init(title: String? = nil, artist: String? = nil, album: String? = nil) {
            self.title = title
            self.artist = artist
            self.album = album
        }
    }

    /// Checks the file and makes it a track, or an archive's files tracks. Asked again after it succeeded, it answers the
    /// same.
    ///
    /// - Throws: ``BoxError/conflict(_:)`` when chunks are missing or the hash differs: the session stays, and chunks can
    ///   be sent again. ``BoxError/invalid(_:)`` when the file cannot be played, which ends the session. When the box or
    ///   its disk is at its limit the session stays whole, and the same can be asked again. In every case nothing was
    ///   added.
    package func finalize(
        _ id: String,
        playlistID: String,
        fileHash: String?,
        override: MetadataOverride = MetadataOverride()
    ) async throws -> [Track] {
        let entry = try entry(id, playlistID: playlistID)
        if case .completed(let trackIDs) = entry.session.status { return try await finished(trackIDs, of: id) }
        try fileHash.map(Self.check(hash:))
        let file = try openFile(entry)
        guard entry.writers.isEmpty else { throw BoxError.conflict("a chunk of upload session \(id) is still coming") }
        let session = entry.session
        guard session.isWhole else {
            throw BoxError.conflict(
                "\"\(session.filename)\" lacks \(session.missing.count) of \(session.totalChunks) chunks"
            )
        }
        busy.insert(id)
        defer { busy.remove(id) }
        do {
            let hash = fileHash?.lowercased() ?? session.fileHash
            let (tracks, content) =
                if let readSheet, MediaName.pathExtension(session.filename) == "cue" {
                    try await divide(by: session, file, expectedHash: hash, readSheet)
                } else {
                    try await take(session, file, expectedHash: hash, override)
                }
            await end(id, file, as: .completed(trackIDs: tracks.map(\.id)))
            tell(.complete(tracks, content), of: session)
            return tracks
        } catch {
            let failure = await settle(error, of: session, file)
            tell(.failed("\(Self.message(of: failure))"), of: session)
            throw failure
        }
    }

    private func finished(_ trackIDs: [String], of id: String) async throws -> [Track] {
        var tracks: [Track] = []
        for trackID in trackIDs {
            if let track = try await box.library.track(id: trackID) { tracks.append(track) }
        }
        guard !tracks.isEmpty else {
            throw BoxError.conflict("upload session \(id) is finished, and what it brought was removed")
        }
        return tracks
    }

    // MARK: - Into the store

    /// A file that was checked and looked into.
    private struct Candidate: Sendable {
        var path: String
        var name: String
        var size: Int
        var hash: String
        var content: ProbedFile
        var cover: String?
    }

    private func take(
        _ session: UploadSession,
        _ file: UploadFile,
        expectedHash: String?,
        _ override: MetadataOverride
    ) async throws -> ([Track], ProbedFile) {
        var candidates = try await candidates(of: session, file, expectedHash)
        if candidates.count == 1 {
            if let title = override.title { candidates[0].content.title = title }
            if let artist = override.artist { candidates[0].content.artist = artist }
            if let album = override.album { candidates[0].content.album = album }
        }
        let (media, folder, found) = (directories.media, session.playlistID, candidates)
        self.media.claim(folder)
        defer { self.media.release(folder) }
        let paths = try await files.run { try Self.store(found, in: folder, below: media, file) }
        do {
            let new = zip(candidates, paths).flatMap { candidate, path in
                NewTrack(
                    title: candidate.content.title ?? MediaName.title(of: candidate.name),
                    filename: candidate.name,
                    filePath: path,
                    durationMs: candidate.content.durationMs,
                    artist: candidate.content.artist,
                    album: candidate.content.album,
                    fileHash: candidate.hash,
                    fileSize: candidate.size,
                    coverPath: candidate.cover,
                    loudness: candidate.content.loudness
                )
                .parts(candidate.content.chapters)
            }
            return (try await box.addTracks(new, to: session.playlistID), candidates[0].content)
        } catch {
            // The library does not know the files: back to where they were. The covers may serve other tracks.
            try? await files.run {
                for (candidate, path) in zip(found, paths) { Self.takeBack(media + "/" + path, to: candidate.path) }
            }
            throw error
        }
    }

    private func candidates(
        of session: UploadSession,
        _ file: UploadFile,
        _ expectedHash: String?
    ) async throws -> [Candidate] {
        let (covers, probe, upload) = (directories.covers, probe, file.path)
        let unpacked = unpackedPath(of: session.id)
        let isArchive = MediaName.pathExtension(session.filename) == "zip"
        let room = isArchive ? try await freeBytes() - limits.minimumFreeBytes : 0
        let (unpack, readSheet) = (unpack, readSheet)
        return try await files.run {
            let hash = try Self.hash(of: upload, expectedHash, session)
            guard isArchive, let unpack else {
                let content: ProbedFile
                do {
                    content = try probe(upload)
                } catch {
                    // The probe names the file as it lies under uploads/; people know it by its own name.
                    let told = "\(error)".replacing(upload, with: session.filename)
                    throw BoxError.invalid(told.replacing(session.id + ".part", with: session.filename))
                }
                return [
                    Candidate(
                        path: upload,
                        name: session.filename,
                        size: session.fileSize,
                        hash: hash,
                        content: content,
                        cover: try Self.keep(content.cover, in: covers)
                    )
                ]
            }
            DiskFile.removeDirectory(unpacked)
            let limits = UnpackLimits(totalBytes: max(0, min(room, 2 * Self.maximumFileSize)), files: 1_000)
            let all = try unpack(upload, unpacked, limits) { MediaName.isPlayable($0) || MediaName.isSheet($0) }
            let (files, sheets) = (
                all.filter { MediaName.isPlayable($0.name) }, all.filter { MediaName.isSheet($0.name) }
            )
            let candidates = try files.sorted { NaturalOrder.areInOrder($0.name, $1.name) }.compactMap { file in
                // One bad file does not spoil the others.
                guard var content = try? probe(file.path) else { return nil as Candidate? }
                if let readSheet, content.chapters.isEmpty {
                    content.chapters = Self.chapters(of: file, content.durationMs ?? 0, by: sheets, readSheet)
                }
                return Candidate(
                    path: file.path,
                    name: MediaName.sanitized(file.name),
                    size: file.size,
                    hash: try DiskFile.sha256(of: file.path),
                    content: content,
                    cover: try Self.keep(content.cover, in: covers)
                )
            }
            guard !candidates.isEmpty else {
                throw BoxError.invalid("\"\(session.filename)\" holds no audio file that this box plays")
            }
            return candidates
        }
    }

    /// The SHA-256 of what arrived, which is that of what was sent.
    static func hash(of path: String, _ expected: String?, _ session: UploadSession) throws -> String {
        let hash = try DiskFile.sha256(of: path)
        guard expected == nil || expected == hash else {
            throw BoxError.conflict("\"\(session.filename)\" arrived damaged: its SHA-256 is \(hash)")
        }
        return hash
    }

    private static func keep(_ cover: ProbedFile.Cover?, in covers: String) throws -> String? {
        guard let cover else { return nil }
        let name = "\(try DiskFile.sha256(of: cover.bytes).prefix(32)).\(cover.fileExtension)"
        try DiskFile.writeWhole(cover.bytes, to: covers + "/" + name)
        return name
    }

    /// Moves all of them into the store, or none.
    ///
    /// - Returns: their paths, relative to `media`.
    private static func store(
        _ candidates: [Candidate],
        in folder: String,
        below media: String,
        _ file: UploadFile
    ) throws -> [String] {
        var paths: [String] = []
        do {
            for candidate in candidates {
                let path = folder + "/" + (try DiskFile.claim(candidate.name, in: media + "/" + folder))
                paths.append(path)
                try file.note(.storing(path: path))
            }
            // The record before the deed: after a power cut it says what may lie in the store.
            try DiskFile.synchronize(file.recordPath)
            for (candidate, path) in zip(candidates, paths) {
                try DiskFile.move(candidate.path, over: media + "/" + path)
            }
            return paths
        } catch {
            for (candidate, path) in zip(candidates, paths) { takeBack(media + "/" + path, to: candidate.path) }
            throw error
        }
    }

    // MARK: - The end

    private func end(_ id: String, _ file: UploadFile, as status: UploadSession.Status) async {
        entries[id]?.session.status = status
        entries[id]?.file = nil
        let (upload, unpacked) = (path(of: id), unpackedPath(of: id))
        try? await files.run {
            switch status {
            case .completed(let trackIDs): try? file.save(.completed(trackIDs: trackIDs))
            case .failed(let message): try? file.save(.failed(message))
            case .pending, .uploading: break
            }
            file.close()
            DiskFile.remove(upload)
            DiskFile.removeDirectory(unpacked)
        }
    }

    /// What an error means for the session; returns what the client is told.
    private func settle(_ error: any Error, of session: UploadSession, _ file: UploadFile) async -> any Error {
        switch error {
        case BoxError.invalid(let message):
            await end(session.id, file, as: .failed(message))
        case let error as LibraryError where error.code == .notFound:
            // The playlist is gone: nobody can finish this any more.
            await drop(session.id)
        case let error as LibraryError where error.code == .invalid:
            await end(session.id, file, as: .failed(error.message))
        default:
            let unpacked = unpackedPath(of: session.id)
            try? await files.run { DiskFile.removeDirectory(unpacked) }
        }
        return error
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as LibraryError: error.message
        case let error as BoxError: error.message
        default: "something went wrong inside the box; its log says what"
        }
    }
}
