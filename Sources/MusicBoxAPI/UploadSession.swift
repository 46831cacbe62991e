/// One file on its way into a playlist in chunks (wire contract, sections 6 and 7).
///
/// Sizes are bytes, `file_hash` is SHA-256 in lower-case hex, `missing_chunks` are indices from 0, `progress_percent` is
/// 0...100, `*_at` are ISO 8601 UTC. Only the last chunk may be shorter than `chunk_size`. `file_hash` is `null` where
/// the client gave none.
package struct UploadSession: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        case pending, uploading, completed, error
    }

    package var sessionID: String
    package var playlistID: String
    package var filename: String
    package var fileSize: Int
    package var chunkSize: Int
    package var totalChunks: Int
    package var fileHash: String?
    package var createdAt: String
    package var expiresAt: String
    package var status: Status
    package var chunksUploaded: Int
    package var chunksTotal: Int
    package var missingChunks: [Int]
    package var progressPercent: Double
    package var bytesUploaded: Int

    package init(
        sessionID: String,
        playlistID: String,
        filename: String,
        fileSize: Int,
        chunkSize: Int,
        fileHash: String?,
        createdAt: String,
        expiresAt: String,
        status: Status,
        missingChunks: [Int],
        bytesUploaded: Int
    ) {
        let totalChunks = (fileSize + chunkSize - 1) / chunkSize
        self.sessionID = sessionID
        self.playlistID = playlistID
        self.filename = filename
        self.fileSize = fileSize
        self.chunkSize = chunkSize
        self.totalChunks = totalChunks
        self.fileHash = fileHash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.status = status
        self.chunksUploaded = totalChunks - missingChunks.count
        self.chunksTotal = totalChunks
        self.missingChunks = missingChunks
        self.progressPercent = fileSize == 0 ? 0 : Double(bytesUploaded) / Double(fileSize) * 100
        self.bytesUploaded = bytesUploaded
    }

    package enum CodingKeys: String, CodingKey {
        case filename, status
        case sessionID = "session_id"
        case playlistID = "playlist_id"
        case fileSize = "file_size"
        case chunkSize = "chunk_size"
        case totalChunks = "total_chunks"
        case fileHash = "file_hash"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case chunksUploaded = "chunks_uploaded"
        case chunksTotal = "chunks_total"
        case missingChunks = "missing_chunks"
        case progressPercent = "progress_percent"
        case bytesUploaded = "bytes_uploaded"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sessionID, forKey: .sessionID)
        try container.encode(playlistID, forKey: .playlistID)
        try container.encode(filename, forKey: .filename)
        try container.encode(fileSize, forKey: .fileSize)
        try container.encode(chunkSize, forKey: .chunkSize)
        try container.encode(totalChunks, forKey: .totalChunks)
        try container.encode(fileHash, forKey: .fileHash)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(expiresAt, forKey: .expiresAt)
        try container.encode(status, forKey: .status)
        try container.encode(chunksUploaded, forKey: .chunksUploaded)
        try container.encode(chunksTotal, forKey: .chunksTotal)
        try container.encode(missingChunks, forKey: .missingChunks)
        try container.encode(progressPercent, forKey: .progressPercent)
        try container.encode(bytesUploaded, forKey: .bytesUploaded)
    }
}

/// The body of POST `/playlists/{id}/uploads/session`.
package struct UploadRequest: Codable, Sendable, Equatable {
    package var filename: String
    package var fileSize: Int
    package var chunkSize: Int?
    package var fileHash: String?

    package init(filename: String, fileSize: Int, chunkSize: Int? = nil, fileHash: String? = nil) {
        self.filename = filename
        self.fileSize = fileSize
        self.chunkSize = chunkSize
        self.fileHash = fileHash
    }

    package enum CodingKeys: String, CodingKey {
        case filename
        case fileSize = "file_size"
        case chunkSize = "chunk_size"
        case fileHash = "file_hash"
    }
}

/// `data` of the reply to a finalized upload: the tracks that it became, several for an archive; `track` is the first.
package struct FinalizedUpload: Codable, Sendable, Equatable {
    package var track: Track
    package var tracks: [Track]

    /// - Precondition: there is a track.
    package init(tracks: [Track]) {
        self.track = tracks[0]
        self.tracks = tracks
    }
}
