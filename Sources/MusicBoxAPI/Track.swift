/// One track of a playlist on the wire. `number` and `track_number` are the same, counted from 1; `duration` is in
/// seconds, `duration_ms` in milliseconds; `file_path` is relative to the media directory; `*_at` are ISO 8601 UTC.
/// Fields that have no value are `null` on the wire, never left out.
package struct Track: Codable, Sendable, Equatable {
    package var id: String
    package var number: Int
    package var trackNumber: Int
    package var title: String
    package var filename: String
    package var filePath: String
    package var durationMs: Int?
    package var duration: Double?
    package var artist: String?
    package var album: String?
    package var fileHash: String?
    package var fileSize: Int
    package var playCount: Int
    package var createdAt: String
    package var updatedAt: String
    package var serverSeq: Int

    package init(
        id: String,
        number: Int,
        title: String,
        filename: String,
        filePath: String,
        durationMs: Int?,
        artist: String?,
        album: String?,
        fileHash: String?,
        fileSize: Int,
        playCount: Int,
        createdAt: String,
        updatedAt: String,
        serverSeq: Int
    ) {
        self.id = id
        self.number = number
        self.trackNumber = number
        self.title = title
        self.filename = filename
        self.filePath = filePath
        self.durationMs = durationMs
        self.duration = durationMs.map { Double($0) / 1000 }
        self.artist = artist
        self.album = album
        self.fileHash = fileHash
        self.fileSize = fileSize
        self.playCount = playCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.serverSeq = serverSeq
    }

    package enum CodingKeys: String, CodingKey {
        case id, number, title, filename, duration, artist, album
        case trackNumber = "track_number"
        case filePath = "file_path"
        case durationMs = "duration_ms"
        case fileHash = "file_hash"
        case fileSize = "file_size"
        case playCount = "play_count"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case serverSeq = "server_seq"
    }

    /// Writes null where there is no value, so that the shape is always the same.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(number, forKey: .number)
        try container.encode(trackNumber, forKey: .trackNumber)
        try container.encode(title, forKey: .title)
        try container.encode(filename, forKey: .filename)
        try container.encode(filePath, forKey: .filePath)
        try container.encode(durationMs, forKey: .durationMs)
        try container.encode(duration, forKey: .duration)
        try container.encode(artist, forKey: .artist)
        try container.encode(album, forKey: .album)
        try container.encode(fileHash, forKey: .fileHash)
        try container.encode(fileSize, forKey: .fileSize)
        try container.encode(playCount, forKey: .playCount)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encode(serverSeq, forKey: .serverSeq)
    }
}
