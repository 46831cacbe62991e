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
            api.success(ReaderStatus(await box.diagnostics()), "reader state")
        }
        group.post("associate") { request, _ in
            let body = try await request.json(Commanded<BindRequest>.self)
            let (tag, playlistID) = (try tagID(body.payload.tagID), body.payload.playlistID)
            let previous = try await box.bind(tag, to: playlistID, force: body.payload.force ?? false)
            let binding = Binding(tagID: tag.description, playlistID: playlistID, previousPlaylistID: previous)
            return api.success(binding, "tag bound", clientOpID: body.clientOpID)
        }
        group.delete("associate/:tag") { _, context in
            let tag = try tagID(context.parameter("tag"))
            let playlistID = try await box.unbind(tag)
            return api.success(Binding(tagID: tag.description, playlistID: playlistID), "tag unbound")
        }
        group.post("tap") { request, _ in
            let body = try await request.json(TagReference.self)
            return api.player(try await box.tap(try tagID(body.tagID)), "tag placed")
        }
        group.post("remove") { _, _ in
            api.success(TagReference(tagID: try await box.liftTag().description), "tag removed")
        }
    }

    private func tagID(_ text: String) throws -> TagID {
        guard let tag = TagID(text) else {
            throw APIFailure(.validation, "\"\(text)\" is not a tag id: it has 4, 7 or 10 bytes in hex")
        }
        return tag
    }
}

struct BindRequest: Decodable {
    var playlistID: String
    var tagID: String
    var force: Bool?

    enum CodingKeys: String, CodingKey {
        case force
        case playlistID = "playlist_id"
        case tagID = "tag_id"
    }
}

struct TagReference: Codable {
    var tagID: String

    enum CodingKeys: String, CodingKey {
        case tagID = "tag_id"
    }
}

/// A tag and the playlist it starts, or started; `previous_playlist_id` is where it was before it moved.
struct Binding: Encodable {
    var tagID: String
    var playlistID: String?
    var previousPlaylistID: String?

    enum CodingKeys: String, CodingKey {
        case tagID = "tag_id"
        case playlistID = "playlist_id"
        case previousPlaylistID = "previous_playlist_id"
    }
}

/// `data` of GET `/nfc/status`.
struct ReaderStatus: Encodable {
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
