/// What every successful REST reply wraps its `data` in (wire contract, section 6).
///
/// `timestamp` is in seconds since 1970, with a fraction; `client_op_id` repeats that of the request, if it had one.
package struct Envelope<Payload> {
    package var status: String
    package var message: String
    package var timestamp: Double
    package var data: Payload
    package var serverSeq: Int
    package var clientOpID: String?

    package init(message: String, timestamp: Double, data: Payload, serverSeq: Int, clientOpID: String? = nil) {
        self.status = "success"
        self.message = message
        self.timestamp = timestamp
        self.data = data
        self.serverSeq = serverSeq
        self.clientOpID = clientOpID
    }

    package enum CodingKeys: String, CodingKey {
        case status, message, timestamp, data
        case serverSeq = "server_seq"
        case clientOpID = "client_op_id"
    }
}

extension Envelope: Sendable where Payload: Sendable {}
extension Envelope: Equatable where Payload: Equatable {}
extension Envelope: Encodable where Payload: Encodable {}
extension Envelope: Decodable where Payload: Decodable {}

/// `data` of GET `/playlists`: one page; `page` counts from 1, `total` counts playlists.
package struct PlaylistPage: Codable, Sendable, Equatable {
    package var playlists: [Playlist]
    package var page: Int
    package var limit: Int
    package var total: Int
    package var totalPages: Int

    package init(playlists: [Playlist], page: Int, limit: Int, total: Int) {
        self.playlists = playlists
        self.page = page
        self.limit = limit
        self.total = total
        self.totalPages = (total + limit - 1) / max(limit, 1)
    }

    package enum CodingKeys: String, CodingKey {
        case playlists, page, limit, total
        case totalPages = "total_pages"
    }
}

/// `data` of GET `/player/volume` and of `state:volume_changed`: `volume` is 0...100.
package struct VolumeState: Codable, Sendable, Equatable {
    package var volume: Int
    package var muted: Bool

    package init(volume: Int, muted: Bool) {
        self.volume = volume
        self.muted = muted
    }
}
