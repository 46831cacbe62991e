import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI
import NIOCore

/// `/api/playlists/{id}/uploads`: files in chunks.
struct UploadRoutes: Sendable {
    let api: API
    let uploads: UploadStore

    func add(to group: RouteTable) {
        group.post("session") { request, context in
            let (id, body) = (try context.parameter("id"), try await request.json(Commanded<UploadRequest>.self))
            let wanted = body.payload
            return try await api.perform(body.clientOpID, "upload session opened", status: .created) {
                let session = try await uploads.open(
                    playlistID: id,
                    filename: wanted.filename,
                    fileSize: wanted.fileSize,
                    chunkSize: wanted.chunkSize,
                    fileHash: wanted.fileHash
                )
                return MusicBoxAPI::UploadSession(session)
            }
        }
        group.get(":sid") { _, context in
            let session = try await uploads.session(
                try context.parameter("sid"),
                playlistID: try context.parameter("id")
            )
            return api.success(MusicBoxAPI::UploadSession(session), "upload session")
        }
        group.put(":sid/chunks/:index") { request, context in
            let index = try context.integer("index")
            let session = try await receive(
                index,
                of: try context.parameter("sid"),
                playlistID: try context.parameter("id"),
                request
            )
            return api.success(ReceivedChunk(index: index, session: .init(session)), "chunk received")
        }
        group.post(":sid/finalize") { request, context in
            let (id, sid) = (try context.parameter("id"), try context.parameter("sid"))
            let body = try await request.json(Commanded<Finalization>.self)
            let wanted = body.payload
            return try await api.perform(body.clientOpID, "track added", status: .created) {
                let tracks = try await uploads.finalize(
                    sid,
                    playlistID: id,
                    fileHash: wanted.fileHash,
                    override: wanted.override
                )
                let seq = api.box.hub.currentSeq
                return FinalizedUpload(tracks: tracks.map { .init($0, serverSeq: seq) })
            }
        }
    }

    /// Hands the body on as it comes, so that a chunk takes no more memory than a piece of it.
    private func receive(
        _ index: Int,
        of id: String,
        playlistID: String,
        _ request: Request
    ) async throws -> MusicBox::UploadSession {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.maximumBody {
            throw APIFailure(.payloadTooLarge, "a chunk may have at most \(UploadStore.maximumChunkSize) bytes")
        }
        var writing = try await uploads.begin(chunk: index, of: id, playlistID: playlistID)
        do {
            var field = try MultipartField(
                contentType: request.headers[.contentType],
                name: "file",
                length: writing.length
            )
            for try await piece in request.body {
                if field == nil {
                    try await writing.write(piece.readableBytesView)
                } else if let bytes = try field?.take(Array(buffer: piece)), !bytes.isEmpty {
                    try await writing.write(bytes)
                }
            }
            try field?.finish()
        } catch {
            await uploads.abandon(writing)
            throw await uploads.reason(of: error, id)
        }
        return try await uploads.finish(writing)
    }

    /// A chunk and what a form puts around it.
    private static let maximumBody = UploadStore.maximumChunkSize + 2 * MultipartField.maximumPreamble
}

/// The body of a finalize request: SHA-256 in hex, and what people say about the file.
struct Finalization: Decodable {
    struct Override: Decodable {
        var title: String?
        var artist: String?
        var album: String?
    }

    var fileHash: String?
    var metadataOverride: Override?

    enum CodingKeys: String, CodingKey {
        case fileHash = "file_hash"
        case metadataOverride = "metadata_override"
    }

    var override: UploadStore.MetadataOverride {
        .init(title: metadataOverride?.title, artist: metadataOverride?.artist, album: metadataOverride?.album)
    }
}

/// `data` of the reply to a chunk; both `progress` fields are 0...100.
struct ReceivedChunk: Encodable {
    var index: Int
    var session: MusicBoxAPI::UploadSession

    enum CodingKeys: String, CodingKey {
        case received, progress, session
        case chunkIndex = "chunk_index"
        case totalChunks = "total_chunks"
        case progressPercent = "progress_percent"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(index, forKey: .chunkIndex)
        try container.encode(true, forKey: .received)
        try container.encode(session.totalChunks, forKey: .totalChunks)
        try container.encode(session.progressPercent, forKey: .progressPercent)
        try container.encode(session.progressPercent, forKey: .progress)
        try container.encode(session, forKey: .session)
    }
}
