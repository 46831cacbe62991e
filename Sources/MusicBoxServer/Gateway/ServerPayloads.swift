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

    init(room: String, success: Bool, serverSeq: Int, playlistID: String?, playlistSeq: Int?, message: String?) {
        self.status = success ? "success" : "error"
        self.room = room
        self.success = success
        self.serverSeq = serverSeq
        self.playlistID = playlistID
        self.playlistSeq = playlistSeq
        self.message = message
    }

    enum CodingKeys: String, CodingKey {
        case status, room, success, message
        case serverSeq = "server_seq"
        case playlistID = "playlist_id"
        case playlistSeq = "playlist_seq"
    }
}

/// `ack:op`, and the acknowledgement of a command that succeeded.
struct OperationSuccess: Encodable, Sendable {
    var status = "success"
    var success = true
    var clientOpID: String?
    var serverSeq: Int
    var data: PlayerState

    enum CodingKeys: String, CodingKey {
        case status, success, data
        case clientOpID = "client_op_id"
        case serverSeq = "server_seq"
    }
}

/// `err:op`, and the acknowledgement of anything that failed.
struct OperationFailure: Encodable, Sendable {
    var status = "error"
    var success = false
    var clientOpID: String?
    var serverSeq: Int
    var errorType: String
    var message: String

    enum CodingKeys: String, CodingKey {
        case status, success, message
        case clientOpID = "client_op_id"
        case serverSeq = "server_seq"
        case errorType = "error_type"
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
