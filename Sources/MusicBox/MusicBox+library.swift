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
            await box.carryOut(box.associations.playlistDeleted(id))
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
            await box.changed(playlistID) { summary in
                added.map { .trackAdded($0, playlistSeq: summary.playlistSeq) }
            }
            return added
        }
    }

    /// Returns the playlist that had the tag before. A tag of another playlist moves only with `force`.
    package nonisolated func bind(_ tag: TagID, to playlistID: String, force: Bool) async throws -> String? {
        try await enqueue { box in
            try await box.bindNow(tag, to: playlistID, force: force, isOverride: false)
        }
    }

    /// Returns the playlist that the tag belonged to.
    ///
    /// - Parameter playlistID: the only playlist to take it from; nil for any.
    package nonisolated func unbind(_ tag: TagID, from playlistID: String? = nil) async throws -> String? {
        try await enqueue { box in
            if let playlistID, try await box.library.playlist(forTag: tag.description)?.id != playlistID {
                throw BoxError.notFound("tag \(tag) is not bound to playlist \(playlistID)")
            }
            guard let playlistID = try await box.library.unbind(tag: tag.description) else {
                throw BoxError.notFound("tag \(tag) is not bound to a playlist")
            }
            await box.changed(playlistID)
            return playlistID
        }
    }

    /// Tells everybody that a playlist, its tracks or its tags were edited.
    ///
    /// - Parameter details: what exactly changed, told first; made from the playlist as it is now.
    func changed(_ playlistID: String, _ details: (PlaylistSummary) -> [BoxEvent] = { _ in [] }) async {
        do {
            guard let playlist = try await library.playlist(id: playlistID) else { return }
            await carryOut(machine.playlistChanged(id: playlistID, to: playlist))
            for event in details(playlist.summary) { await publish(event) }
            await publish(.playlistUpdated(playlist.summary))
            await publish(.playlist(playlist))
            await publishPlaylists()
        } catch {
            databaseFailed(error)
        }
    }
}
