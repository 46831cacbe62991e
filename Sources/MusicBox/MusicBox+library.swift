package import MusicLibrary
package import NFC

/// Edits of the library, announced to everybody. Reads go to ``MusicBox/library`` directly.
extension MusicBox {
    package nonisolated func createPlaylist(title: String, description: String) async throws -> Playlist {
        try await enqueue { box in
            let playlist = try await box.library.createPlaylist(title: title, description: description)
            await box.publish(.playlistCreated(playlist))
            await box.publishPlaylists()
            return playlist
        }
    }

    /// Returns the files that nothing refers to any more; they are the caller's to delete.
    package nonisolated func deletePlaylist(id: String) async throws -> OrphanedFiles {
        try await enqueue { box in
            let orphans = try await box.library.deletePlaylist(id: id)
            await box.carryOut(box.machine.playlistChanged(id: id, to: nil))
            await box.publish(.playlistDeleted(id: id))
            await box.publishPlaylists()
            return orphans
        }
    }

    package nonisolated func addTrack(_ track: NewTrack, to playlistID: String) async throws -> Track {
        let added = try await addTracks([track], to: playlistID)
        guard let track = added.first else { throw BoxError.notFound("there is no playlist \(playlistID)") }
        return track
    }

    /// Adds a radio station or an episode of a podcast as a track.
    ///
    /// - Parameters:
    ///   - url: an http(s) address; nothing is asked of it now.
    ///   - title: nil or empty for one made from the address.
    package nonisolated func addStream(url: String, title: String?, to playlistID: String) async throws -> Track {
        let given = title.map { $0.drop(while: \.isWhitespace) } ?? ""
        return try await addTrack(
            NewTrack(
                title: given.isEmpty ? Self.title(ofAddress: url) : String(given),
                filename: url,
                // Every track has a path of its own; at this one there is never a file.
                filePath: "streams/" + Identifier.random(),
                fileSize: 0,
                url: url
            ),
            to: playlistID
        )
    }

    /// The host, and what the path ends with.
    static func title(ofAddress url: String) -> String {
        let rest = url.drop { $0 != ":" }.drop { ":/".contains($0) }.prefix { $0 != "?" && $0 != "#" }
        let parts = rest.split(separator: "/")
        guard let host = parts.first?.split(separator: "@").last else { return url }
        return parts.count > 1 ? "\(parts[parts.count - 1]) (\(host))" : String(host)
    }

    /// Adds tracks behind the others, all or none.
    package nonisolated func addTracks(_ tracks: [NewTrack], to playlistID: String) async throws -> [Track] {
        try await enqueue { box in
            let added = try await box.library.addTracks(to: playlistID, tracks)
            for track in added { await box.publish(.trackAdded(track)) }
            await box.changed(playlistID)
            return added
        }
    }

    /// Returns the playlist that had the tag before. A tag of another playlist moves only with `force`.
    package nonisolated func bind(_ tag: TagID, to playlistID: String, force: Bool) async throws -> String? {
        try await enqueue { box in
            let previous = try await box.library.bind(tag: tag.description, to: playlistID, force: force)
            if let previous, previous != playlistID { await box.changed(previous) }
            await box.changed(playlistID)
            return previous
        }
    }

    /// Returns the playlist that the tag belonged to.
    package nonisolated func unbind(_ tag: TagID) async throws -> String? {
        try await enqueue { box in
            guard let playlistID = try await box.library.unbind(tag: tag.description) else {
                throw BoxError.notFound("tag \(tag) is not bound to a playlist")
            }
            await box.changed(playlistID)
            return playlistID
        }
    }

    private func changed(_ playlistID: String) async {
        do {
            guard let playlist = try await library.playlist(id: playlistID) else { return }
            await carryOut(machine.playlistChanged(id: playlistID, to: playlist))
            await publish(.playlistUpdated(playlist))
            await publishPlaylists()
        } catch {
            databaseFailed(error)
        }
    }
}
