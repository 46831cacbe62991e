import MusicBoxAPI

/// `connection_status`: the first event a client gets. Times are milliseconds since 1970.
struct ConnectionStatus: Encodable, Sendable {
    var status = "connected"
    var sid: String
    var serverSeq: Int
    var serverTime: Int

    enum CodingKeys: String, CodingKey {
        case status, sid
        case serverSeq = "server_seq"
        case serverTime = "server_time"
    }
}

/// `ack:join` and `ack:leave`.
struct RoomAcknowledgement: Encodable, Sendable {
    var status: String
    var room: String
    var success: Bool
    var serverSeq: Int
    var playlistID: String?
    var playlistSeq: Int?
    var message: String?

    init(
        room: String,
        serverSeq: Int,
        playlistID: String? = nil,
        playlistSeq: Int? = nil,
        refusal: String? = nil
    ) {
        self.status = refusal == nil ? "success" : "error"
        self.room = room
        self.success = refusal == nil
        self.serverSeq = serverSeq
        self.playlistID = playlistID
        self.playlistSeq = playlistSeq
        self.message = refusal
    }

    enum CodingKeys: String, CodingKey {
        case status, room, success, message
        case serverSeq = "server_seq"
        case playlistID = "playlist_id"
        case playlistSeq = "playlist_seq"
    }
}

/// `sync:complete`: the rooms whose missed events were sent.
struct SyncCompletion: Encodable, Sendable {
    var status = "success"
    var syncedRooms: [String]
    var serverSeq: Int

    enum CodingKeys: String, CodingKey {
        case status
        case syncedRooms = "synced_rooms"
        case serverSeq = "server_seq"
        case currentGlobalSeq = "current_global_seq"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(syncedRooms, forKey: .syncedRooms)
        try container.encode(serverSeq, forKey: .serverSeq)
        try container.encode(serverSeq, forKey: .currentGlobalSeq)
    }
}

/// `sync:error`: the rooms of which snapshots follow instead.
struct SyncFailure: Encodable, Sendable {
    var status = "error"
    var errorType = "conflict"
    var error: String
    var requestedRooms: [String]
    var serverSeq: Int

    enum CodingKeys: String, CodingKey {
        case status, error
        case errorType = "error_type"
        case message
        case requestedRooms = "requested_rooms"
        case serverSeq = "server_seq"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(errorType, forKey: .errorType)
        try container.encode(error, forKey: .error)
        try container.encode(error, forKey: .message)
        try container.encode(requestedRooms, forKey: .requestedRooms)
        try container.encode(serverSeq, forKey: .serverSeq)
    }
}

/// The acknowledgement of an event that is answered by an event.
struct Success: Encodable, Sendable {
    var status = "success"
}

/// `client_pong`; times are milliseconds since 1970.
struct Pong: Encodable, Sendable {
    var timestamp: JSONValue?
    var serverTime: Int
    var serverSeq: Int

    enum CodingKeys: String, CodingKey {
        case timestamp
        case serverTime = "server_time"
        case serverSeq = "server_seq"
    }
}
