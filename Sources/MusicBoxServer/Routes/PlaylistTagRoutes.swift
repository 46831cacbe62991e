import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC

/// `/api/playlists/nfc`: from a tag to its playlist, and bindings by path.
struct PlaylistTagRoutes: Sendable {
    let api: API
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.get(":tag") { _, context in
            let tag = try TagID(checking: context.parameter("tag"))
            guard let playlist = try await box.library.playlist(forTag: tag.description) else {
                throw APIFailure(.notFound, "tag \(tag) is not bound to a playlist")
            }
            return api.success(PlaylistReply(playlist, serverSeq: box.hub.currentSeq), "playlist")
        }
        group.post(":tag/associate/:playlist") { request, context in
            let tag = try TagID(checking: context.parameter("tag"))
            let playlistID = try context.parameter("playlist")
            let body = try await request.json(Commanded<Force>.self)
            return try await api.perform(body.clientOpID, "tag bound", draft: .binding(tag, to: playlistID)) {
                let previous = try await box.bind(tag, to: playlistID, force: body.payload.force ?? false)
                return Binding(tagID: tag.description, playlistID: playlistID, previousPlaylistID: previous)
            }
        }
        group.delete(":tag/associate/:playlist") { request, context in
            let tag = try TagID(checking: context.parameter("tag"))
            let playlistID = try context.parameter("playlist")
            return try await api.perform(try await request.clientOpID(), "tag unbound", draft: .unbinding(tag)) {
                Binding(tagID: tag.description, playlistID: try await box.unbind(tag, from: playlistID))
            }
        }
    }
}

/// Whether a tag may be taken away from another playlist.
struct Force: Decodable, Sendable {
    var force: Bool?
}
