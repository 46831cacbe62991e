import MusicBoxAPI
import MusicLibrary
import NIOCore

/// The envelope of every `state:*` event (contract, section 2).
struct StateEnvelope<Payload: Encodable>: Encodable {
    var eventType: String
    var serverSeq: Int
    var data: Payload
    var timestamp: Int
    var eventID: String
    var playlistID: String?
    var playlistSeq: Int?

    enum CodingKeys: String, CodingKey {
        case data, timestamp
        case eventType = "event_type"
        case serverSeq = "server_seq"
        case eventID = "event_id"
        case playlistID = "playlist_id"
        case playlistSeq = "playlist_seq"
    }
}

/// An event ready for the wire: its name, who hears it, and its payload as JSON text.
struct WireEvent: Sendable {
    enum Audience: Sendable, Equatable {
        case everyone
        /// Who is in several of them hears it once.
        case rooms([String])
    }

    struct PlaylistReference: Sendable, Equatable {
        var id: String
        var seq: Int?
    }

    var name: String
    var audience: Audience
    var json: ByteBuffer
    /// Only the newest of its name is worth anything.
    var isVolatile = false
    /// The number under which a client that missed it can be sent it again; nil for what is of the moment only.
    var replaySeq: Int?
    /// The playlist it is about, for `state:*` events.
    var playlist: PlaylistReference?

    var rooms: [String] {
        if case .rooms(let rooms) = audience { rooms } else { [] }
    }
}

extension WireEvent.PlaylistReference {
    init(_ summary: PlaylistSummary) { self.init(id: summary.id, seq: summary.playlistSeq) }
}
