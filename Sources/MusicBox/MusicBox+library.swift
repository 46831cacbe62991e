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

    /// Changes what is not nil.
    package nonisolated func updatePlaylist(id: String, title: String?, description: String?) async throws -> Playlist {
        try await enqueue { box in
            let playlist = try await box.library.updatePlaylist(id: id, title: title, description: description)
            await box.changed(id)
            return playlist
        }
    }

    package nonisolated func addTrack(_ track: NewTrack, to playlistID: String) async throws -> Track {
        try await addTracks([track], to: playlistID)[0]
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

    /// Puts the parts of a track into its place; the first keeps its id.
    package nonisolated func divideTrack(_ id: String, into parts: [NewTrack]) async throws -> [Track] {
        try await enqueue { box in
            let tracks = try await box.library.divideTrack(id: id, into: parts)
            if let first = tracks.first {
                await box.changed(first.playlistID) { summary in
                    [.trackChanged(first, playlistSeq: summary.playlistSeq)]
                        + tracks.dropFirst().map { .trackAdded($0, playlistSeq: summary.playlistSeq) }
                }
            }
            return tracks
        }
    }

    /// Changes what is not nil; an empty artist or album removes it.
    package nonisolated func updateTrack(
        id: String,
        in playlistID: String,
        title: String?,
        artist: String?,
        album: String?
    ) async throws -> Track {
        try await enqueue { box in
            guard try await box.existing(playlistID).tracks.contains(where: { $0.id == id }) else {
                throw BoxError.notFound("playlist \(playlistID) has no track \(id)")
            }
            let track = try await box.library.updateTrack(id: id, title: title, artist: artist, album: album)
            await box.changed(playlistID) { [.trackChanged(track, playlistSeq: $0.playlistSeq)] }
            return track
        }
    }

    /// - Parameter order: each of the playlist's tracks once.
    package nonisolated func reorderTracks(in playlistID: String, order: [TrackReference]) async throws -> Playlist {
        try await enqueue { box in
            let tracks = try await box.existing(playlistID).tracks
            let ids = try TrackReference.resolve(order, in: tracks, of: playlistID).map(\.id)
            let playlist = try await box.library.reorderTracks(in: playlistID, order: ids)
            await box.changed(playlistID)
            return playlist
        }
    }

    /// Returns the tracks as they were, and the files that nothing refers to any more, which are the caller's to delete.
    package nonisolated func removeTracks(
        _ references: [TrackReference],
        from playlistID: String
    ) async throws -> (removed: [Track], orphans: OrphanedFiles) {
        try await enqueue { box in
            let tracks = try await box.existing(playlistID).tracks
            let removed = try TrackReference.resolve(references, in: tracks, of: playlistID)
            let orphans = try await box.library.removeTracks(removed.map(\.id), from: playlistID)
            await box.changed(playlistID) { [.deleted(removed, $0)] }
            return (removed, orphans)
        }
    }

    /// Moves a track to another playlist, or to another place in its own; the track that plays goes on in its new place.
    ///
    /// - Parameter position: counted from 1; nil or anything above the number of tracks is the end.
    package nonisolated func moveTrack(
        _ reference: TrackReference,
        from sourceID: String,
        to targetID: String,
        position: Int?
    ) async throws -> Track {
        try await enqueue { box in
            let track = try TrackReference.resolve(
                [reference],
                in: try await box.existing(sourceID).tracks,
                of: sourceID
            )[0]
            _ = try await box.existing(targetID)
            let moved = try await box.library.moveTrack(track.id, to: targetID, position: position)
            if sourceID != targetID {
                await box.carryOut(box.machine.trackMoved(track.id, to: try await box.existing(targetID)))
                await box.changed(sourceID) { [.deleted([track], $0)] }
                await box.changed(targetID) { [.trackAdded(moved, playlistSeq: $0.playlistSeq)] }
            } else {
                await box.changed(targetID)
            }
            return moved
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

    private func existing(_ playlistID: String) async throws -> Playlist {
        guard let playlist = try await library.playlist(id: playlistID) else {
            throw BoxError.notFound("there is no playlist \(playlistID)")
        }
        return playlist
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

extension BoxEvent {
    fileprivate static func deleted(_ tracks: [Track], _ playlist: PlaylistSummary) -> BoxEvent {
        .tracksDeleted(
            playlistID: playlist.id,
            numbers: tracks.map(\.number),
            ids: tracks.map(\.id),
            playlistSeq: playlist.playlistSeq
        )
    }
}
