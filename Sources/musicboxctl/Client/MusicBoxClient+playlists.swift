import MusicBoxAPI

extension MusicBoxClient {
    /// All playlists, without their tracks, in the box's order.
    func playlists() async throws -> [Playlist] {
        var all: [Playlist] = []
        var page = 1
        while true {
            let reply = try await get("/playlists?page=\(page)&limit=100").decode(PlaylistPage.self)
            // A playlist that is created meanwhile moves others to the next page: none may appear twice.
            let known = Set(all.map(\.id))
            all += reply.playlists.filter { !known.contains($0.id) }
            guard page < reply.totalPages, !reply.playlists.isEmpty else { return all }
            page += 1
        }
    }

    /// The playlist that `name` means.
    ///
    /// - Throws: `CtlError` of code `refused` when none or several match.
    func playlist(named name: String) async throws -> Playlist {
        try PlaylistName(name).match(in: try await playlists())
    }
}
