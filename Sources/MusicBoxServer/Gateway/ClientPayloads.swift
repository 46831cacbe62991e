import MusicBox
import MusicBoxAPI
import SocketIO

/// The payloads of events from clients; milliseconds, volumes 0...100, tracks counted from 1.
struct PlaylistReference: Decodable {
    var playlistID: String

    enum CodingKeys: String, CodingKey {
        case playlistID = "playlist_id"
    }
}

struct SeekRequest: Decodable {
    var positionMs: Int

    enum CodingKeys: String, CodingKey {
        case positionMs = "position_ms"
    }
}

struct VolumeRequest: Decodable {
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
struct SleepRequest: Decodable {
    enum Until: String, Decodable {
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
struct SpeedRequest: Decodable {
    var speed: Double
}

struct StartRequest: Decodable {
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

/// The `client_op_id` that any command may carry.
struct Operation: Decodable {
    var clientOpID: String?

    enum CodingKeys: String, CodingKey {
        case clientOpID = "client_op_id"
    }

    init(_ arguments: EventArguments) {
        self = (try? arguments.decode(Operation.self, at: 0)) ?? Operation(clientOpID: nil)
    }

    private init(clientOpID: String?) { self.clientOpID = clientOpID }

    /// - Throws: `validation_error` for an id outside `^[A-Za-z0-9_-]{1,100}$`.
    func check() throws {
        guard let clientOpID else { return }
        let isPlain = clientOpID.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, (1...100).contains(clientOpID.utf8.count) else {
            throw APIFailure(.validation, "client_op_id must be 1 to 100 of the characters A-Z a-z 0-9 _ -")
        }
    }
}
