import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI
import NFC

/// `/api/nfc`: bindings, the state of the reader, and the virtual reader.
struct NFCRoutes: Sendable {
    let api: API
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.get("status") { _, _ in
            let sessions = await box.liveAssociations()
            let status = NFCStatus(await box.diagnostics(), sessions: sessions, serverSeq: box.hub.currentSeq)
            return api.success(status, "reader state")
        }
        group.post("scan") { request, _ in
            let body = try await request.json(Commanded<AssociationRequest>.self)
            let wish = body.payload
            return try await api.perform(body.clientOpID, "listening for a tag") {
                let session = try await box.startAssociation(playlistID: wish.playlistID, timeout: wish.timeout)
                return ScanReply(session, serverSeq: box.hub.currentSeq)
            }
        }
        group.delete("session/:session") { request, context in
            let id = try context.parameter("session")
            return try await api.perform(try await request.clientOpID(), "stopped") {
                AssociationStatus(try await box.stopAssociation(id: id), serverSeq: box.hub.currentSeq)
            }
        }
        group.post("associate") { request, _ in
            let body = try await request.json(Commanded<BindRequest>.self)
            let (tag, playlistID) = (try TagID(checking: body.payload.tagID), body.payload.playlistID)
            return try await api.perform(body.clientOpID, "tag bound", draft: .binding(tag, to: playlistID)) {
                let previous = try await box.bind(tag, to: playlistID, force: body.payload.force ?? false)
                return Binding(tagID: tag.description, playlistID: playlistID, previousPlaylistID: previous)
            }
        }
        group.delete("associate/:tag") { request, context in
            let tag = try TagID(checking: context.parameter("tag"))
            return try await api.perform(try await request.clientOpID(), "tag unbound", draft: .unbinding(tag)) {
                Binding(tagID: tag.description, playlistID: try await box.unbind(tag))
            }
        }
        group.post("tap") { request, _ in
            let body = try await request.json(Commanded<TagReference>.self)
            let tag = try TagID(checking: body.payload.tagID)
            return try await api.player(body.clientOpID, "tag placed") { try await box.tap(tag) }
        }
        group.post("remove") { request, _ in
            try await api.perform(try await request.clientOpID(), "tag removed") {
                TagReference(tagID: try await box.liftTag().description)
            }
        }
    }
}

struct BindRequest: Decodable, Sendable {
    var playlistID: String
    var tagID: String
    var force: Bool?

    enum CodingKeys: String, CodingKey {
        case force
        case playlistID = "playlist_id"
        case tagID = "tag_id"
    }
}

struct TagReference: Codable, Sendable {
    var tagID: String

    enum CodingKeys: String, CodingKey {
        case tagID = "tag_id"
    }
}

/// A tag and the playlist it starts, or started; `previous_playlist_id` is where it was before it moved.
struct Binding: Encodable, Sendable {
    var tagID: String
    var playlistID: String?
    var previousPlaylistID: String?

    enum CodingKeys: String, CodingKey {
        case tagID = "tag_id"
        case playlistID = "playlist_id"
        case previousPlaylistID = "previous_playlist_id"
    }
}

extension OperationDraft {
    static func binding(_ tag: TagID, to playlistID: String) -> OperationDraft {
        OperationDraft { previous, _ in
            Binding(tagID: tag.description, playlistID: playlistID, previousPlaylistID: previous as? String)
        }
    }

    static func unbinding(_ tag: TagID) -> OperationDraft {
        OperationDraft { owner, _ in Binding(tagID: tag.description, playlistID: owner as? String) }
    }
}

/// `data` of POST `/nfc/scan`: the session under all its names; milliseconds.
struct ScanReply: Encodable, Sendable {
    var status: AssociationStatus
    var timeoutMs: Int

    init(_ session: AssociationSession, serverSeq: Int) {
        status = AssociationStatus(session, serverSeq: serverSeq)
        timeoutMs = session.timeoutMs - session.startedMs
    }

    enum CodingKeys: String, CodingKey {
        case scanning
        case scanID = "scan_id"
        case sessionID = "session_id"
        case timeoutMs = "timeout_ms"
    }

    func encode(to encoder: any Encoder) throws {
        try status.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status.assocID, forKey: .scanID)
        try container.encode(status.assocID, forKey: .sessionID)
        try container.encode(true, forKey: .scanning)
        try container.encode(timeoutMs, forKey: .timeoutMs)
    }
}

/// `data` of GET `/nfc/status`: the reader, and the association sessions that are live.
struct NFCStatus: Encodable, Sendable {
    var reader: ReaderStatus
    var sessions: [AssociationStatus]

    init(_ diagnostics: MusicBox.Diagnostics, sessions: [AssociationSession], serverSeq: Int) {
        reader = ReaderStatus(diagnostics)
        self.sessions = sessions.map { AssociationStatus($0, serverSeq: serverSeq) }
    }

    enum CodingKeys: String, CodingKey {
        case scanning
        case associationActive = "association_active"
        case currentSessionID = "current_session_id"
        case activeSessions = "active_sessions"
    }

    func encode(to encoder: any Encoder) throws {
        try reader.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(!sessions.isEmpty, forKey: .scanning)
        try container.encode(!sessions.isEmpty, forKey: .associationActive)
        try container.encode(sessions.last?.assocID, forKey: .currentSessionID)
        try container.encode(sessions, forKey: .activeSessions)
    }
}

/// The reader in `data` of GET `/nfc/status` and of the diagnostics.
struct ReaderStatus: Encodable, Sendable {
    var readerAvailable: Bool
    /// What the reader calls itself, or why there is none.
    var reader: String
    var presentTag: String?
    var lastTag: String?

    init(_ diagnostics: MusicBox.Diagnostics) {
        presentTag = diagnostics.presentTag?.description
        lastTag = diagnostics.lastTag?.description
        switch diagnostics.reader {
        case .ready(let name): (readerAvailable, reader) = (true, name)
        case .starting: (readerAvailable, reader) = (false, "starting")
        case .missing(let reason), .failed(let reason): (readerAvailable, reader) = (false, reason)
        }
    }

    enum CodingKeys: String, CodingKey {
        case reader
        case readerAvailable = "reader_available"
        case presentTag = "present_tag"
        case lastTag = "last_tag"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(readerAvailable, forKey: .readerAvailable)
        try container.encode(reader, forKey: .reader)
        try container.encode(presentTag, forKey: .presentTag)
        try container.encode(lastTag, forKey: .lastTag)
    }
}
