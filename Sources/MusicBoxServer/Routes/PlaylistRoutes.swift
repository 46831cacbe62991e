import FoundationEssentials
import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary

/// `/api/playlists`.
struct PlaylistRoutes: Sendable {
    let api: API
    let uploads: UploadStore
    let sync: LibrarySync
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.get { request, _ in try await list(request) }
        group.post { request, _ in try await create(request) }
        group.post("sync") { _, _ in
            let report = try await sync.sync()
            return api.success(SyncResult(report, serverSeq: box.hub.currentSeq), report.notice ?? "library synced")
        }
        group.get(":id") { _, context in
            let id = try context.parameter("id")
            guard let playlist = try await box.library.playlist(id: id) else {
                throw APIFailure(.notFound, "there is no playlist \(id)")
            }
            return api.success(PlaylistReply(playlist, serverSeq: box.hub.currentSeq), "playlist")
        }
        group.put(":id") { request, context in try await update(request, id: try context.parameter("id")) }
        group.delete(":id") { request, context in
            let id = try context.parameter("id")
            return try await api.perform(try await request.clientOpID(), "playlist deleted", status: .noContent) {
                await uploads.delete(try await box.deletePlaylist(id: id))
                return Nothing()
            }
        }
        group.post(":id/tracks") { request, context in
            let body = try await request.json(Commanded<NewStream>.self)
            let id = try context.parameter("id")
            return try await api.perform(body.clientOpID, "track added", status: .created) {
                let track = try await box.addStream(
                    url: body.payload.url.trimmed(),
                    title: body.payload.title,
                    to: id
                )
                return FinalizedUpload(tracks: [.init(track, serverSeq: box.hub.currentSeq)])
            }
        }
        group.post(":id/start") { request, context in
            let id = try context.parameter("id")
            return try await api.player(try await request.clientOpID(), "playlist started") {
                try await box.start(playlistID: id)
            }
        }
        group.post(":id/play/:track_number") { request, context in
            let (id, number) = (try context.parameter("id"), try context.integer("track_number"))
            return try await api.player(try await request.clientOpID(), "track started") {
                try await box.start(playlistID: id, trackNumber: number)
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try request.query("page", in: 1...1_000_000, default: 1)
        let limit = try request.query("limit", in: 1...100, default: 50)
        let search = try request.queryText("q")
        let found = try await box.library.playlists(page: page, limit: limit, search: search)
        let seq = box.hub.currentSeq
        let playlists = found.items.map { MusicBoxAPI::Playlist($0, serverSeq: seq) }
        return api.success(
            PlaylistPage(playlists: playlists, page: page, limit: limit, total: found.total),
            "playlists"
        )
    }

    private func create(_ request: Request) async throws -> Response {
        let body = try await request.json(Commanded<NewPlaylist>.self)
        let title = body.payload.title.trimmed()
        guard !title.isEmpty else { throw APIFailure(.validation, "title must not be empty") }
        return try await api.perform(body.clientOpID, "playlist created", status: .created) {
            let playlist = try await box.createPlaylist(title: title, description: body.payload.description ?? "")
            return PlaylistReply(playlist, serverSeq: box.hub.currentSeq)
        }
    }
}

extension PlaylistRoutes {
    private func update(_ request: Request, id: String) async throws -> Response {
        let body = try await request.json(Commanded<PlaylistEdit>.self)
        let edit = body.payload
        guard edit.title != nil || edit.description != nil else {
            throw APIFailure(.validation, "title or description is missing")
        }
        let title = edit.title?.trimmed()
        guard title?.isEmpty != true else { throw APIFailure(.validation, "title must not be empty") }
        return try await api.perform(body.clientOpID, "playlist updated") {
            let playlist = try await box.updatePlaylist(id: id, title: title, description: edit.description)
            return PlaylistReply(playlist, serverSeq: box.hub.currentSeq)
        }
    }
}

/// The body of PUT `/playlists/{id}`: what is left out stays.
struct PlaylistEdit: Decodable {
    var title: String?
    var description: String?

    enum CodingKeys: String, CodingKey {
        case title, name, description
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title =
            try container.decodeIfPresent(String.self, forKey: .title)
            ?? container.decodeIfPresent(String.self, forKey: .name)
        description = try container.decodeIfPresent(String.self, forKey: .description)
    }
}

/// The body of POST `/playlists`; older clients call the title `name`.
struct NewPlaylist: Decodable, Sendable {
    var title: String
    var description: String?

    enum CodingKeys: String, CodingKey {
        case title, name, description
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title =
            try container.decodeIfPresent(String.self, forKey: .title)
            ?? container.decodeIfPresent(String.self, forKey: .name)
            ?? container.decode(String.self, forKey: .title)
        description = try container.decodeIfPresent(String.self, forKey: .description)
    }
}

/// The body of POST `/playlists/{id}/tracks`: an http(s) address that becomes a track.
struct NewStream: Decodable {
    var url: String
    var title: String?
}

/// A playlist both flat and under `playlist`, as clients of either habit expect it.
struct PlaylistReply: Encodable, Sendable {
    var playlist: MusicBoxAPI::Playlist

    init(_ playlist: MusicLibrary::Playlist, serverSeq: Int) {
        self.playlist = .init(playlist, serverSeq: serverSeq)
    }

    enum CodingKeys: String, CodingKey {
        case playlist
    }

    func encode(to encoder: any Encoder) throws {
        try playlist.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(playlist, forKey: .playlist)
    }
}

extension String {
    /// Without white space at both ends.
    func trimmed() -> String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
