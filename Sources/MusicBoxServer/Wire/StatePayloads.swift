import MusicBox
import MusicBoxAPI
import MusicLibrary

/// `data` of `state:track_position`; milliseconds.
struct TrackPosition: Encodable {
    var positionMs: Int
    var trackID: String?
    var isPlaying: Bool
    var durationMs: Int?

    init(_ update: PositionUpdate) {
        positionMs = update.positionMs
        trackID = update.trackID
        isPlaying = update.isPlaying
        durationMs = update.durationMs
    }

    enum CodingKeys: String, CodingKey {
        case positionMs = "position_ms"
        case trackID = "track_id"
        case isPlaying = "is_playing"
        case durationMs = "duration_ms"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(positionMs, forKey: .positionMs)
        try container.encode(trackID, forKey: .trackID)
        try container.encode(isPlaying, forKey: .isPlaying)
        try container.encodeIfPresent(durationMs, forKey: .durationMs)
    }
}

/// `data` of `state:playlist_created` and `state:playlist_updated`.
struct PlaylistChange: Encodable {
    var playlistID: String
    var playlist: MusicBoxAPI::Playlist
    var operation: String

    init(_ summary: PlaylistSummary, operation: String, serverSeq: Int) {
        self.playlistID = summary.id
        self.playlist = .init(summary, serverSeq: serverSeq)
        self.operation = operation
    }

    enum CodingKeys: String, CodingKey {
        case playlist, operation
        case playlistID = "playlist_id"
    }
}

/// `data` of `state:playlist_deleted`.
struct PlaylistDeletion: Encodable {
    var playlistID: String
    var operation = "delete"

    enum CodingKeys: String, CodingKey {
        case operation
        case playlistID = "playlist_id"
    }
}

/// `data` of `state:track_added`.
struct TrackAddition: Encodable {
    var playlistID: String
    var track: MusicBoxAPI::Track

    enum CodingKeys: String, CodingKey {
        case track
        case playlistID = "playlist_id"
    }
}

/// `data` of `state:track_deleted`; the numbers are those the tracks had.
struct TrackDeletion: Encodable {
    var playlistID: String
    var trackNumbers: [Int]
    var trackIDs: [String]

    enum CodingKeys: String, CodingKey {
        case playlistID = "playlist_id"
        case trackNumbers = "track_numbers"
        case trackIDs = "track_ids"
    }
}

extension TrackDeletion {
    /// As far as a request tells it.
    init(playlistID: String, _ references: [TrackReference]) {
        self.init(playlistID: playlistID, trackNumbers: [], trackIDs: [])
        for reference in references {
            switch reference {
            case .number(let number): trackNumbers.append(number)
            case .name(let name): trackIDs.append(name)
            }
        }
    }
}

/// The payload of `nfc_tag_scanned`: `tag_id` is a lower-case hex UID.
struct TagScan: Encodable {
    var tagID: String
    var known: Bool
    var playlistID: String?

    enum CodingKeys: String, CodingKey {
        case known
        case tagID = "tag_id"
        case playlistID = "playlist_id"
    }
}
