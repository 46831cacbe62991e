import FoundationEssentials
import MusicBox
import MusicBoxAPI
import NFC

/// The payload of `nfc_status`, and a session in REST replies; times are ISO 8601 UTC.
struct AssociationStatus: Encodable, Sendable {
    var assocID: String
    var state: String
    var playlistID: String
    var tagID: String?
    var conflictPlaylistID: String?
    var startedAt: String
    var timeoutAt: String
    var message: String?
    var serverSeq: Int

    init(_ session: AssociationSession, serverSeq: Int) {
        assocID = session.id
        playlistID = session.playlistID
        tagID = session.tag?.description
        startedAt = Date(milliseconds: session.startedMs).formatted(.iso8601)
        timeoutAt = Date(milliseconds: session.timeoutMs).formatted(.iso8601)
        self.serverSeq = serverSeq
        switch session.state {
        case .listening: state = "listening"
        case .duplicate(_, let other): (state, conflictPlaylistID) = ("duplicate", other.id)
        case .success: state = "success"
        case .stopped: state = "stopped"
        case .timeout: state = "timeout"
        case .failed(_, let message): (state, self.message) = ("error", message)
        }
    }

    enum CodingKeys: String, CodingKey {
        case state, message
        case assocID = "assoc_id"
        case playlistID = "playlist_id"
        case tagID = "tag_id"
        case conflictPlaylistID = "conflict_playlist_id"
        case startedAt = "started_at"
        case timeoutAt = "timeout_at"
        case serverSeq = "server_seq"
    }
}

/// The payload of `nfc_association_state`: the same in words for people; `expires_at` in seconds since 1970.
struct AssociationNews: Encodable {
    struct ExistingPlaylist: Encodable {
        var id: String
        var title: String
    }

    var state: String
    var playlistID: String
    var sessionID: String
    var tagID: String?
    var message: String
    var expiresAt: Double
    var existingPlaylist: ExistingPlaylist?
    var serverSeq: Int

    init(_ session: AssociationSession, serverSeq: Int) {
        playlistID = session.playlistID
        sessionID = session.id
        tagID = session.tag?.description
        expiresAt = Double(session.timeoutMs) / 1000
        self.serverSeq = serverSeq
        let title = session.playlistTitle
        switch session.state {
        case .listening: (state, message) = ("waiting", "Put a tag on the reader to bind it to \"\(title)\"")
        case .duplicate(_, let other):
            state = "duplicate"
            message = "This tag plays \"\(other.title)\" already: move it to \"\(title)\", or put another tag on"
            existingPlaylist = ExistingPlaylist(id: other.id, title: other.title)
        case .success: (state, message) = ("success", "The tag plays \"\(title)\" from now on")
        case .stopped: (state, message) = ("cancelled", "No tag was bound to \"\(title)\"")
        case .timeout: (state, message) = ("timeout", "No tag was put on in time for \"\(title)\"")
        case .failed(_, let reason): (state, message) = ("error", reason)
        }
    }

    enum CodingKeys: String, CodingKey {
        case state, message
        case playlistID = "playlist_id"
        case sessionID = "session_id"
        case tagID = "tag_id"
        case expiresAt = "expires_at"
        case existingPlaylist = "existing_playlist"
        case serverSeq = "server_seq"
    }
}
