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

    /// - Returns: the tracks, and what the first file says of itself.
    private func take(
        _ session: UploadSession,
        _ file: UploadFile,
        expectedHash: String?,
        _ override: MetadataOverride
    ) async throws -> ([Track], ProbedFile) {
        let arrivals = try await arrivals(of: session, file, expectedHash)
        // What people say of an archive they say of none of its files.
        let override = arrivals.count == 1 ? override : MetadataOverride()
        let box = box
        let tracks = try await media.store(
            arrivals,
            in: session.playlistID,
            title: override.title,
            artist: override.artist,
            album: override.album,
            claimed: { paths in
                for path in paths { try file.note(.storing(path: path)) }
                // The record before the deed: after a power cut it says what may lie in the store.
                try DiskFile.synchronize(file.recordPath)
            },
            add: { try await box.addTracks($0, to: session.playlistID) }
        )
        return (tracks, arrivals[0].inspection.content)
    }

    private func arrivals(
        of session: UploadSession,
        _ file: UploadFile,
        _ expectedHash: String?
    ) async throws -> [MediaStore.Arrival] {
        let (media, upload) = (media, file.path)
        guard MediaName.pathExtension(session.filename) == "zip", let unpack else {
            let inspection = try await media.inspect(upload, name: session.filename, expectedHash: expectedHash)
            return [MediaStore.Arrival(path: upload, name: session.filename, inspection: inspection)]
        }
        let unpacked = unpackedPath(of: session.id)
        let room = try await freeBytes() - limits.minimumFreeBytes
        let readSheet = readSheet
        return try await files.run {
            if let expectedHash { try MediaStore.hash(of: upload, name: session.filename, expected: expectedHash) }
            DiskFile.removeDirectory(unpacked)
            let limits = UnpackLimits(totalBytes: max(0, min(room, 2 * Self.maximumFileSize)), files: 1_000)
            let all = try unpack(upload, unpacked, limits) { MediaName.isPlayable($0) || MediaName.isSheet($0) }
            let (files, sheets) = (
                all.filter { MediaName.isPlayable($0.name) }, all.filter { MediaName.isSheet($0.name) }
            )
            let arrivals = try files.sorted { NaturalOrder.areInOrder($0.name, $1.name) }.compactMap { file in
                let name = MediaName.sanitized(file.name)
                do {
                    var inspection = try media.look(into: file.path, name: name)
                    if let readSheet, inspection.content.chapters.isEmpty {
                        let durationMs = inspection.content.durationMs ?? 0
                        inspection.content.chapters = Self.chapters(of: file, durationMs, by: sheets, readSheet)
                    }
                    return MediaStore.Arrival(path: file.path, name: name, inspection: inspection)
                } catch BoxError.invalid {
                    // One bad file does not spoil the others.
                    return nil as MediaStore.Arrival?
                }
            }
            guard !arrivals.isEmpty else {
                throw BoxError.invalid("\"\(session.filename)\" holds no audio file that this box plays")
            }
            return arrivals
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
