/// Chunks on their way.
extension UploadStore {
    /// A chunk begins to come. Who sends a chunk that somebody else is sending takes the place of that one: it is the same
    /// client, whose old connection is dead and does not know it yet.
    package func begin(chunk index: Int, of id: String, playlistID: String) async throws -> ChunkWriting {
        let entry = try entry(id, playlistID: playlistID)
        try entry.session.check(chunk: index)
        let file = try openFile(entry)
        let isReceived = entry.session.received.contains(index)
        lastWriter += 1
        let writer = lastWriter
        entries[id]?.writers[index] = writer
        entries[id]?.session.forget(chunk: index)
        let writing = ChunkWriting(session: entry.session, chunk: index, writer: writer, file: file, files: files)
        do {
            try await files.run { try file.begin(chunk: index, isReceived: isReceived, writer: writer) }
        } catch {
            await abandon(writing)
            throw reason(of: error, id)
        }
        return writing
    }

    /// The whole chunk has come.
    package func finish(_ writing: ChunkWriting) async throws -> UploadSession {
        var writing = writing
        let (id, chunk, writer, now) = (writing.sessionID, writing.chunk, writing.writer, box.time.wallMilliseconds)
        do {
            try await writing.flush(atEnd: true)
            let (file, length) = (writing.file, writing.length)
            try await files.run { try file.finish(chunk: chunk, length: length, writer: writer, atMs: now) }
        } catch {
            await abandon(writing)
            throw reason(of: error, id)
        }
        _ = try entry(id)
        if entries[id]?.writers[chunk] == writer {
            entries[id]?.writers[chunk] = nil
            entries[id]?.session.note(chunk: chunk, atMs: now)
        }
        let session = try session(id)
        tellProgress(of: session, chunk: chunk)
        return session
    }

    /// The chunk will not come to its end.
    package func abandon(_ writing: ChunkWriting) async {
        let (file, chunk, writer) = (writing.file, writing.chunk, writing.writer)
        if entries[writing.sessionID]?.writers[chunk] == writer {
            entries[writing.sessionID]?.writers[chunk] = nil
        }
        try? await files.run { file.abandon(chunk: chunk, writer: writer) }
    }

    /// A chunk that is there as a whole.
    package func write(chunk index: Int, of id: String, playlistID: String, bytes: [UInt8]) async throws
        -> UploadSession
    {
        try session(id, playlistID: playlistID).check(chunk: index, length: bytes.count)
        var writing = try await begin(chunk: index, of: id, playlistID: playlistID)
        do {
            try await writing.write(bytes)
        } catch {
            await abandon(writing)
            throw reason(of: error, id)
        }
        return try await finish(writing)
    }

    /// A session that was cancelled meanwhile is the better reason.
    package func reason(of error: any Error, _ id: String) -> any Error {
        entries[id] == nil ? BoxError.notFound("there is no upload session \(id)") : error
    }

    private func tellProgress(of session: UploadSession, chunk: Int) {
        let now = box.time.now
        let isDue = entries[session.id]?.toldAt.map { now - $0 >= Self.progressInterval } ?? true
        guard isDue || session.isWhole else { return }
        entries[session.id]?.toldAt = now
        tell(
            .progress(chunk: chunk, percent: session.progressPercent, isWhole: session.isWhole),
            of: session
        )
    }
}
