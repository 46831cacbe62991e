import Crypto
import MusicBoxAPI
import NIOCore

/// Sends one file into a playlist: session, chunks, finalize (wire contract, section 6).
///
/// Constant memory: one chunk is on its way while the next is read and hashed. A chunk that got lost is sent again, which
/// the contract allows; the server compares the hash at the end.
struct TrackUpload {
    let client: MusicBoxClient
    let playlistID: String
    let file: AudioFile

    private static let attempts = 3
    private static let largestChunk = 16 * 1024 * 1024
    /// At the end the server hashes and probes the file, on a slow card with other work to do.
    private static let finalizeTimeout = TimeAmount.seconds(120)

    /// - Parameter onProgress: gets the bytes of the file that are through, from 0 to its size.
    /// - Returns: the tracks that the server made of it, more than one of a file with chapters or an archive. Those of a
    ///   CUE sheet take the place of the track that it divides, whose id is the first one's.
    func run(onProgress: @Sendable (Int) -> Void) async throws -> [Track] {
        let source = try SourceFile(path: file.path)
        let request: JSONValue = ["filename": .string(file.name), "file_size": .int(file.size)]
        let session = try await client.post("\(playlistPath)/uploads/session", request).decode(UploadSession.self)
        do {
            guard (1...Self.largestChunk).contains(session.chunkSize) else {
                throw ConnectionFailure.notMusicbox(client.http.server, detail: "chunks of \(session.chunkSize) bytes")
            }
            let path = "\(playlistPath)/uploads/\(session.sessionID.percentEncoded)"
            let hash = try await sendChunks(of: source, to: path, size: session.chunkSize, onProgress: onProgress)
            var body: [String: JSONValue] = ["file_hash": .string(hash)]
            if let details = file.details {
                var fields: [String: JSONValue] = ["title": .string(details.title)]
                if let artist = details.artist { fields["artist"] = .string(artist) }
                if let album = details.album { fields["album"] = .string(album) }
                body["metadata_override"] = .object(fields)
            }
            return try await client.post(
                "\(path)/finalize",
                .object(body),
                timeout: max(client.http.timeout, Self.finalizeTimeout)
            )
            .decode(FinalizedUpload.self).tracks
        } catch {
            await abandon(session)
            throw error
        }
    }

    private var playlistPath: String { "/playlists/\(playlistID.percentEncoded)" }

    /// Returns the hash of what was sent.
    private func sendChunks(
        of source: SourceFile,
        to path: String,
        size: Int,
        onProgress: @Sendable (Int) -> Void
    ) async throws -> String {
        var chunk = try await source.read(at: 0, count: min(size, file.size), hash: SHA256())
        var offset = 0
        var index = 0
        while offset < file.size {
            let start = offset
            let end = start + chunk.bytes.readableBytes
            let hash = chunk.hash
            async let next = source.read(at: end, count: min(size, file.size - end), hash: hash)
            try await send(chunk.bytes, to: "\(path)/chunks/\(index)") { onProgress(start + $0) }
            chunk = try await next
            offset = end
            index += 1
        }
        return chunk.hash.hexDigest
    }

    private func send(_ bytes: ByteBuffer, to path: String, onProgress: @Sendable (Int) -> Void) async throws {
        var attempt = 1
        while true {
            let sent = SentBytes()
            do {
                _ = try await client.put(path, body: bytes) { onProgress(sent.add($0)) }
                return
            } catch let error as CtlError where error.refusal == nil && attempt < Self.attempts {
                try await Task.sleep(for: .milliseconds(250 * attempt))
                attempt += 1
            }
        }
    }

    /// Frees what the server keeps of the file. The reason for giving up is what the user is told, not a failure here.
    private func abandon(_ session: UploadSession) async {
        let path = "/uploads/sessions/\(session.sessionID.percentEncoded)"
        await shielded { _ = try? await client.delete(path) }
    }
}
