import MusicBox
import MusicBoxAPI
import SocketIO

/// The payloads of events from clients; milliseconds, volumes 0...100, tracks counted from 1.
struct PlaylistReference: Decodable, Sendable {
    var playlistID: String

    enum CodingKeys: String, CodingKey {
        case playlistID = "playlist_id"
    }
}

struct SeekRequest: Decodable, Sendable {
    var positionMs: Int

    enum CodingKeys: String, CodingKey {
        case positionMs = "position_ms"
    }
}

struct VolumeRequest: Decodable, Sendable {
    var volume: Int?
    var muted: Bool?
    /// Louder or quieter by this, in place of a volume.
    var delta: Int?

    func apply(to box: MusicBox) async throws -> PlayerSnapshot {
        if let delta {
            guard volume == nil, muted == nil else {
                throw APIFailure(.validation, "delta goes without volume and muted")
            }
            return try await box.changeVolume(by: delta)
        }
        guard volume != nil || muted != nil else { throw APIFailure(.validation, "volume is missing") }
        return try await box.setVolume(volume, muted: muted)
    }
}

/// One of the two, or `cancel`.
struct SleepRequest: Decodable, Sendable {
    enum Until: String, Decodable, Sendable {
        case track, playlist
    }

    var minutes: Double?
    var until: Until?
    var cancel: Bool?

    func apply(to box: MusicBox) async throws -> PlayerSnapshot {
        switch (minutes, until, cancel) {
        case (let minutes?, nil, nil): return try await box.sleep(minutes: minutes)
        case (nil, let until?, nil): return try await box.sleepAtEnd(ofPlaylist: until == .playlist)
        case (nil, nil, true?): return try await box.cancelSleep()
        default: throw APIFailure(.validation, "give minutes, or until as track or playlist, or cancel as true")
        }
    }
}

/// 0.5...2; 1 is as recorded.
struct SpeedRequest: Decodable, Sendable {
    var speed: Double
}

struct StartRequest: Decodable, Sendable {
    var playlistID: String
    var trackNumber: Int?

    enum CodingKeys: String, CodingKey {
        case playlistID = "playlist_id"
        case trackNumber = "track_number"
    }
}

struct Ping: Decodable {
    /// Whatever the client calls its time; it gets it back.
    var timestamp: JSONValue?
}

/// The payload of `sync:request`: what the client saw last.
struct SyncRequest: Decodable, Sendable {
    var lastGlobalSeq: Int?
    var lastPlaylistSeqs: [String: Int]?
    /// Nil: all rooms that the client is in.
    var requestedRooms: [String]?

    enum CodingKeys: String, CodingKey {
        case lastGlobalSeq = "last_global_seq"
        case lastPlaylistSeqs = "last_playlist_seqs"
        case requestedRooms = "requested_rooms"
    }
}

/// The payload of `start_nfc_link` and the body of POST `/nfc/scan`.
struct AssociationRequest: Decodable, Sendable {
    var playlistID: String
    var timeout: Duration

    enum CodingKeys: String, CodingKey {
        case playlistID = "playlist_id"
        case timeoutMs = "timeout_ms"
        case timeoutSeconds = "timeout_s"
        case timeout
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        playlistID = try container.decode(String.self, forKey: .playlistID)
        func number(_ key: CodingKeys) throws -> Double? {
            guard let number = try container.decodeIfPresent(Double.self, forKey: key) else { return nil }
            guard (0...1e9).contains(number) else {
                throw APIFailure(.validation, "\(key.stringValue) is out of range")
            }
            return number
        }
        if let milliseconds = try number(.timeoutMs) {
            timeout = .milliseconds(milliseconds)
        } else if let seconds = try number(.timeoutSeconds) {
            timeout = .seconds(seconds)
        } else if let either = try number(.timeout) {
            // Clients of both habits exist; nobody holds a figure over the reader for a quarter of an hour.
            timeout = either < 1_000 ? .seconds(either) : .milliseconds(either)
        } else {
            timeout = .seconds(60)
        }
    }
}

/// The payload of `stop_nfc_link`: one of both.
struct AssociationReference: Decodable, Sendable {
    var assocID: String?
    var playlistID: String?

    enum CodingKeys: String, CodingKey {
        case assocID = "assoc_id"
        case playlistID = "playlist_id"
    }
}
