/// A playlist on the wire: `PlaylistLite` of the contract where `tracks` is nil, `Playlist` where it is not.
///
/// `nfc_tag_id` is the first of `nfc_tag_ids`, or null; tag ids are lower-case hex UIDs; `*_at` are ISO 8601 UTC.
package struct Playlist: Codable, Sendable, Equatable {
    package var id: String
    package var title: String
    package var description: String
    package var nfcTagID: String?
    package var nfcTagIDs: [String]
    package var trackCount: Int
    package var totalDurationMs: Int
    package var createdAt: String
    package var updatedAt: String
    package var serverSeq: Int
    package var playlistSeq: Int
    package var tracks: [Track]?

    package init(
        id: String,
        title: String,
        description: String,
        nfcTagIDs: [String],
        trackCount: Int,
        totalDurationMs: Int,
        createdAt: String,
        updatedAt: String,
        serverSeq: Int,
        playlistSeq: Int,
        tracks: [Track]?
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.nfcTagID = nfcTagIDs.first
        self.nfcTagIDs = nfcTagIDs
        self.trackCount = trackCount
        self.totalDurationMs = totalDurationMs
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.serverSeq = serverSeq
        self.playlistSeq = playlistSeq
        self.tracks = tracks
    }

    package enum CodingKeys: String, CodingKey {
        case id, title, description, tracks
        case nfcTagID = "nfc_tag_id"
        case nfcTagIDs = "nfc_tag_ids"
        case trackCount = "track_count"
        case totalDurationMs = "total_duration_ms"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case serverSeq = "server_seq"
        case playlistSeq = "playlist_seq"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(description, forKey: .description)
        try container.encode(nfcTagID, forKey: .nfcTagID)
        try container.encode(nfcTagIDs, forKey: .nfcTagIDs)
        try container.encode(trackCount, forKey: .trackCount)
        try container.encode(totalDurationMs, forKey: .totalDurationMs)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try container.encode(serverSeq, forKey: .serverSeq)
        try container.encode(playlistSeq, forKey: .playlistSeq)
        try container.encodeIfPresent(tracks, forKey: .tracks)
    }
}
