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
            let body = try await request.json(UploadRequest.self)
            let session = try await uploads.open(
                playlistID: try context.parameter("id"),
                filename: body.filename,
                fileSize: body.fileSize,
                chunkSize: body.chunkSize,
                fileHash: body.fileHash
            )
            return api.success(MusicBoxAPI::UploadSession(session), "upload session opened", status: .created)
        }
        group.get(":sid") { _, context in
            let session = try await uploads.session(
                try context.parameter("sid"),
                playlistID: try context.parameter("id")
            )
            return api.success(MusicBoxAPI::UploadSession(session), "upload session")
        }
        group.put(":sid/chunks/:index") { request, context in
            let bytes = try await chunk(of: request)
            let index = try context.integer("index")
            let session = try await uploads.write(
                chunk: index,
                of: try context.parameter("sid"),
                playlistID: try context.parameter("id"),
                bytes: bytes
            )
            return api.success(ReceivedChunk(index: index, session: .init(session)), "chunk received")
        }
        group.post(":sid/finalize") { request, context in
            let body = try await request.json(Finalization.self)
            let track = try await uploads.finalize(
                try context.parameter("sid"),
                playlistID: try context.parameter("id"),
                fileHash: body.fileHash
            )
            let seq = api.box.hub.currentSeq
            return api.success(FinalizedUpload(track: .init(track, serverSeq: seq)), "track added", status: .created)
        }
    }

    private func chunk(of request: Request) async throws -> [UInt8] {
        do {
            return Array(buffer: try await request.body.collect(upTo: UploadStore.maximumChunkSize))
        } catch is NIOTooManyBytesError {
            throw APIFailure(.payloadTooLarge, "a chunk may have at most \(UploadStore.maximumChunkSize) bytes")
        }
    }
}

/// The body of a finalize request: SHA-256 in hex.
struct Finalization: Decodable {
    var fileHash: String?

    enum CodingKeys: String, CodingKey {
        case fileHash = "file_hash"
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
