/// What the player does now: `data` of `state:player` and of every player route.
///
/// All `*_ms` fields are integer milliseconds; `volume` is 0...100; `track_index` counts from 0, `active_track_number`
/// from 1. Fields that have no value are `null` on the wire, never left out, so that clients can rely on the shape.
package struct PlayerState: Codable, Sendable, Equatable {
    package enum Mode: String, Codable, Sendable {
        case playing, paused, stopped, loading, error
    }

    /// When the music ends by itself.
    package struct Sleep: Codable, Sendable, Equatable {
        package enum Until: String, Codable, Sendable {
            case time, track, playlist
        }

        package var until: Until
        /// ISO 8601; null unless it is a time that is waited for.
        package var endsAt: String?
        /// Whether the sound fades already.
        package var isFading: Bool

        package init(until: Until, endsAt: String?, isFading: Bool) {
            self.until = until
            self.endsAt = endsAt
            self.isFading = isFading
        }

        package enum CodingKeys: String, CodingKey {
            case until
            case endsAt = "ends_at"
            case isFading = "is_fading"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(until, forKey: .until)
            try container.encode(endsAt, forKey: .endsAt)
            try container.encode(isFading, forKey: .isFading)
        }
    }

    package var isPlaying: Bool
    package var state: Mode
    package var activePlaylistID: String?
    package var activePlaylistTitle: String?
    package var activeTrackID: String?
    package var activeTrack: Track?
    package var activeTrackNumber: Int?
    package var activeTrackTitle: String?
    package var positionMs: Int
    package var durationMs: Int?
    package var trackIndex: Int?
    package var trackCount: Int
    package var canPrevious: Bool
    package var canNext: Bool
    package var volume: Int
    package var muted: Bool
    /// How fast it plays: 1 is as recorded.
    package var speed: Double
    package var serverSeq: Int
    package var errorMessage: String?
    /// Null while no sleep timer is set.
    package var sleep: Sleep?

    package init(
        state: Mode,
        activePlaylistID: String? = nil,
        activePlaylistTitle: String? = nil,
        activeTrack: Track? = nil,
        activeTrackTitle: String? = nil,
        positionMs: Int = 0,
        trackIndex: Int? = nil,
        trackCount: Int = 0,
        canPrevious: Bool = false,
        canNext: Bool = false,
        volume: Int,
        muted: Bool,
        speed: Double = 1,
        serverSeq: Int,
        errorMessage: String? = nil,
        sleep: Sleep? = nil
    ) {
        self.isPlaying = state == .playing
        self.state = state
        self.activePlaylistID = activePlaylistID
        self.activePlaylistTitle = activePlaylistTitle
        self.activeTrackID = activeTrack?.id
        self.activeTrack = activeTrack
        self.activeTrackNumber = activeTrack?.number
        self.activeTrackTitle = activeTrackTitle ?? activeTrack?.title
        self.positionMs = positionMs
        self.durationMs = activeTrack?.durationMs
        self.trackIndex = trackIndex
        self.trackCount = trackCount
        self.canPrevious = canPrevious
        self.canNext = canNext
        self.volume = volume
        self.muted = muted
        self.speed = speed
        self.serverSeq = serverSeq
        self.errorMessage = errorMessage
        self.sleep = sleep
    }

    package enum CodingKeys: String, CodingKey {
        case isPlaying = "is_playing"
        case state
        case activePlaylistID = "active_playlist_id"
        case activePlaylistTitle = "active_playlist_title"
        case activeTrackID = "active_track_id"
        case activeTrack = "active_track"
        case activeTrackNumber = "active_track_number"
        case activeTrackTitle = "active_track_title"
        case positionMs = "position_ms"
        case durationMs = "duration_ms"
        case trackIndex = "track_index"
        case trackCount = "track_count"
        case canPrevious = "can_prev"
        case canNext = "can_next"
        case volume
        case muted
        case speed
        case serverSeq = "server_seq"
        case errorMessage = "error_message"
        case sleep
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isPlaying, forKey: .isPlaying)
        try container.encode(state, forKey: .state)
        try container.encode(activePlaylistID, forKey: .activePlaylistID)
        try container.encode(activePlaylistTitle, forKey: .activePlaylistTitle)
        try container.encode(activeTrackID, forKey: .activeTrackID)
        try container.encode(activeTrack, forKey: .activeTrack)
        try container.encode(activeTrackNumber, forKey: .activeTrackNumber)
        try container.encode(activeTrackTitle, forKey: .activeTrackTitle)
        try container.encode(positionMs, forKey: .positionMs)
        try container.encode(durationMs, forKey: .durationMs)
        try container.encode(trackIndex, forKey: .trackIndex)
        try container.encode(trackCount, forKey: .trackCount)
        try container.encode(canPrevious, forKey: .canPrevious)
        try container.encode(canNext, forKey: .canNext)
        try container.encode(volume, forKey: .volume)
        try container.encode(muted, forKey: .muted)
        try container.encode(speed, forKey: .speed)
        try container.encode(serverSeq, forKey: .serverSeq)
        try container.encodeIfPresent(errorMessage, forKey: .errorMessage)
        try container.encode(sleep, forKey: .sleep)
    }
}
