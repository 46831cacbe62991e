import MusicLibrary

/// What a sync with the media directory does to the library, announced like any other edit.
extension MusicBox {
    nonisolated func createPlaylist(title: String, folder: String) async throws -> Playlist {
        try await enqueue { box in
            let playlist = try await box.library.createPlaylist(title: title, folder: folder)
            await box.publish(.playlistCreated(playlist))
            return playlist
        }
    }

    /// The playlists are announced by ``announce(_:)``, once for many tracks.
    nonisolated func takeIn(_ tracks: [NewTrack], to playlistID: String) async throws {
        try await enqueue { box in
            let added = try await box.library.addTracks(to: playlistID, tracks)
            let seq = try await box.library.playlist(id: playlistID)?.summary.playlistSeq ?? 1
            for track in added { await box.publish(.trackAdded(track, playlistSeq: seq)) }
        }
    }

    /// Tells everybody, and the player, what became of playlists.
    nonisolated func announce(_ playlistIDs: [String]) async throws {
        guard !playlistIDs.isEmpty else { return }
        for id in playlistIDs {
            try await enqueue { box in
                guard let playlist = try await box.library.playlist(id: id) else { return }
                await box.carryOut(box.machine.playlistChanged(id: id, to: playlist))
                await box.publish(.playlistUpdated(playlist.summary))
                await box.publish(.playlist(playlist))
            }
        }
        try await enqueue { await $0.publishPlaylists() }
    }
}
