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
        group.delete(":id") { _, context in
            await uploads.delete(try await box.deletePlaylist(id: try context.parameter("id")))
            return Response(status: .noContent)
        }
        group.post(":id/start") { request, context in
            let command = try await request.json(Operation.self)
            try command.check()
            let player = try await box.start(playlistID: try context.parameter("id"))
            return api.player(player, "playlist started", clientOpID: command.clientOpID)
        }
        group.post(":id/play/:track_number") { request, context in
            let command = try await request.json(Operation.self)
            try command.check()
            let player = try await box.start(
                playlistID: try context.parameter("id"),
                trackNumber: try context.integer("track_number")
            )
            return api.player(player, "track started", clientOpID: command.clientOpID)
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try request.query("page", in: 1...1_000_000, default: 1)
        let limit = try request.query("limit", in: 1...100, default: 50)
        let search = request.uri.queryParameters["q"].map(String.init)
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
        let playlist = try await box.createPlaylist(title: title, description: body.payload.description ?? "")
        return api.success(
            PlaylistReply(playlist, serverSeq: box.hub.currentSeq),
            "playlist created",
            status: .created,
            clientOpID: body.clientOpID
        )
    }
}

/// The body of POST `/playlists`; older clients call the title `name`.
struct NewPlaylist: Decodable {
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

/// A playlist both flat and under `playlist`, as clients of either habit expect it.
struct PlaylistReply: Encodable {
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
