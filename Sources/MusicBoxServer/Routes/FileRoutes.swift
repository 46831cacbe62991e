import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary

/// Covers and the music itself, for phones that show or play them.
struct FileRoutes: Sendable {
    let library: MusicLibrary
    let uploads: UploadStore

    func add(to group: RouteTable) {
        group.get("playlists/:id/cover") { request, context in
            let id = try context.parameter("id")
            guard let playlist = try await library.playlist(id: id) else {
                throw APIFailure(.notFound, "there is no playlist \(id)")
            }
            // A playlist looks like its first track that has a face.
            let path = playlist.tracks.lazy.compactMap(\.coverPath).first
            return try await send(try await uploads.cover(path, of: "playlist \(id)"), request, context)
        }
        group.get("tracks/:id/cover") { request, context in
            let track = try await track(context)
            return try await send(try await uploads.cover(track.coverPath, of: "track \(track.id)"), request, context)
        }
        group.get("tracks/:id/audio") { request, context in
            try await send(try await uploads.media(try await track(context)), request, context)
        }
    }

    private func track(_ context: API.Context) async throws -> MusicLibrary::Track {
        let id = try context.parameter("id")
        guard let track = try await library.track(id: id) else {
            throw APIFailure(.notFound, "there is no track \(id)")
        }
        return track
    }

    private func send(_ file: StoredFile, _ request: Request, _ context: API.Context) async throws -> Response {
        try await FileReply(file, for: request).response(context: context)
    }
}
