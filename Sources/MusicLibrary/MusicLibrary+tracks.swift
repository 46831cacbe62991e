import FoundationEssentials
import GRDB

extension MusicLibrary {
    package func track(id: String) async throws -> Track? {
        try await lookUp { try TrackRows.tracks($0, where: "t.id = ?", id).first }
    }

    /// The tracks whose file has this SHA-256 (lower-case hex), in any playlist.
    package func tracks(fileHash: String) async throws -> [Track] {
        try await lookUp { try TrackRows.tracks($0, where: "t.file_hash = ?", fileHash) }
    }

    /// The tracks that play this file; the path is relative to `media/`.
    package func tracks(filePath: String) async throws -> [Track] {
        try await lookUp { try TrackRows.tracks($0, where: "t.file_path = ?", filePath) }
    }

    /// Every file the tracks refer to: what lies in `media/` and is not among `media` belongs to nobody.
    package func referencedFiles() async throws -> (media: Set<String>, covers: Set<String>) {
        try await read { db in
            try db.inSnapshot {
                let media = try String.fetchAll(db, sql: "SELECT DISTINCT file_path FROM track")
                let covers = try String.fetchAll(
                    db,
                    sql: "SELECT DISTINCT cover_path FROM track WHERE cover_path IS NOT NULL"
                )
                return (Set(media), Set(covers))
            }
        }
    }

    /// What all files of the tracks take, in bytes; a file that several tracks share counts once.
    package func mediaBytes() async throws -> Int {
        try await read { db in
            try Int.fetchOne(
                db.cachedStatement(
                    sql: "SELECT coalesce(sum(size), 0) FROM (SELECT max(file_size) size FROM track GROUP BY file_path)"
                )
            ) ?? 0
        }
    }

    /// Adds a track at the end of a playlist.
    @discardableResult
    package func addTrack(to playlistID: String, _ track: NewTrack) async throws -> Track {
        try await addTracks(to: playlistID, [track])[0]
    }

    /// Adds tracks at the end of a playlist, all of them or none.
    @discardableResult
    package func addTracks(to playlistID: String, _ tracks: [NewTrack]) async throws -> [Track] {
        let new = try tracks.map { try Self.checked($0) }
        return try await write(.edit) { db, now in
            let playlist = try PlaylistRows.key(db, id: playlistID)
            let added = try new.map { track in
                let id = track.id ?? UUID().uuidString.lowercased()
                guard try TrackRows.tracks(db, where: "t.id = ?", id).isEmpty else {
                    throw LibraryError(.conflict, "There is a track \(id) already.")
                }
                try TrackRows.insert(db, track, id: id, playlist: playlist, now: now)
                return try TrackRows.existing(db, id: id)
            }
            if !added.isEmpty { try PlaylistRows.touch(db, key: playlist, now: now) }
            return added
        }
    }

    /// Puts tracks, which together are the sound of an old one, into its place, all or none. The first of them takes over
    /// its id.
    @discardableResult
    package func divideTrack(id: String, into parts: [NewTrack]) async throws -> [Track] {
        let new = try parts.map { try Self.checked($0) }
        return try await write(.edit) { db, now in
            let old = try TrackRows.existing(db, id: id)
            let playlist = try PlaylistRows.key(db, id: old.playlistID)
            guard let first = new.first else { return [old] }
            try db.run(
                """
                UPDATE track SET title = ?, artist = ?, album = ?, duration_ms = ?, start_ms = ?, end_ms = ?, folded = ?,
                    updated_at = ? WHERE id = ?
                """,
                [
                    first.title, first.artist, first.album, first.durationMs, first.startMs, first.endMs,
                    SearchText.fold(first.title, first.artist, first.album), now, id,
                ]
            )
            var ids = [id]
            for part in new.dropFirst() {
                ids.append(UUID().uuidString.lowercased())
                try TrackRows.insert(db, part, id: ids[ids.count - 1], playlist: playlist, now: now)
            }
            let added = Set(ids.dropFirst())
            var order = try TrackRows.order(db, playlist: playlist).map(\.id).filter { !added.contains($0) }
            order.insert(contentsOf: ids.dropFirst(), at: old.number)
            try TrackRows.renumber(db, playlist: playlist, order: order)
            try PlaylistRows.touch(db, key: playlist, now: now)
            return try ids.map { try TrackRows.existing(db, id: $0) }
        }
    }

    /// Changes what people can change of a track: nil leaves a field as it is, an empty artist or album removes it.
    @discardableResult
    package func updateTrack(
        id: String,
        title: String? = nil,
        artist: String? = nil,
        album: String? = nil
    ) async throws -> Track {
        let newTitle = try title.map { try Self.checkedTitle($0) }
        let newArtist = artist.map { Self.optionalLine($0) }
        let newAlbum = album.map { Self.optionalLine($0) }
        return try await write(.edit) { db, now in
            var track = try TrackRows.existing(db, id: id)
            track.title = newTitle ?? track.title
            if let newArtist { track.artist = newArtist }
            if let newAlbum { track.album = newAlbum }
            try db.run(
                "UPDATE track SET title = ?, artist = ?, album = ?, folded = ?, updated_at = ? WHERE id = ?",
                [
                    track.title, track.artist, track.album,
                    SearchText.fold(track.title, track.artist, track.album), now, id,
                ]
            )
            try PlaylistRows.touch(db, key: try PlaylistRows.key(db, id: track.playlistID), now: now)
            return try TrackRows.existing(db, id: id)
        }
    }

    /// Takes tracks out of a playlist and closes the gaps in the numbers.
    ///
    /// - Parameter ids: all of them tracks of this playlist, else nothing is removed.
    /// - Returns: the files nobody refers to any more.
    @discardableResult
    package func removeTracks(_ ids: [String], from playlistID: String) async throws -> OrphanedFiles {
        try await write(.edit) { db, now in
            let key = try PlaylistRows.key(db, id: playlistID)
            let tracks = try PlaylistRows.existing(db, id: playlistID).tracks
            let unwanted = Set(ids)
            if let stranger = unwanted.subtracting(tracks.map(\.id)).min() {
                throw LibraryError(.notFound, "The playlist \(playlistID) has no track \(stranger).")
            }
            guard !unwanted.isEmpty else { return OrphanedFiles() }
            for id in unwanted { try db.run("DELETE FROM track WHERE id = ?", [id]) }
            try TrackRows.renumber(db, playlist: key, order: tracks.map(\.id).filter { !unwanted.contains($0) })
            try PlaylistRows.touch(db, key: key, now: now)
            return try TrackRows.orphans(db, of: tracks.filter { unwanted.contains($0.id) })
        }
    }

    /// Puts the tracks of a playlist into a new order.
    ///
    /// - Parameter order: the ids of all its tracks, each once.
    @discardableResult
    package func reorderTracks(in playlistID: String, order: [String]) async throws -> Playlist {
        try await write(.edit) { db, now in
            let key = try PlaylistRows.key(db, id: playlistID)
            let old = try TrackRows.order(db, playlist: key).map(\.id)
            guard old.count == order.count, Set(order) == Set(old) else {
                throw LibraryError(
                    .invalid,
                    "The new order of playlist \(playlistID) must name each of its \(old.count) tracks once."
                )
            }
            if order != old {
                try TrackRows.renumber(db, playlist: key, order: order)
                try PlaylistRows.touch(db, key: key, now: now)
            }
            return try PlaylistRows.existing(db, id: playlistID)
        }
    }

    /// Moves a track to a place in another playlist, or in its own.
    ///
    /// - Parameter position: counted from 1; nil or anything above the number of tracks is the end.
    @discardableResult
    package func moveTrack(_ id: String, to targetID: String, position: Int? = nil) async throws -> Track {
        guard position.map({ $0 >= 1 }) ?? true else {
            throw LibraryError(.invalid, "Position \(position ?? 0) does not exist: tracks count from 1.")
        }
        return try await write(.edit) { db, now in
            let track = try TrackRows.existing(db, id: id)
            let source = try PlaylistRows.key(db, id: track.playlistID)
            let target = try PlaylistRows.key(db, id: targetID)
            if source != target {
                // A resume point of the old playlist that points at this track has lost its meaning.
                try db.run(
                    "DELETE FROM resume WHERE track = (SELECT key FROM track WHERE id = ?)",
                    [id]
                )
                try db.run(
                    """
                    UPDATE track SET playlist = ?1, updated_at = ?2,
                        number = (SELECT coalesce(max(number), 0) + 1 FROM track WHERE playlist = ?1)
                    WHERE id = ?3
                    """,
                    [target, now, id]
                )
                try TrackRows.renumber(db, playlist: source, order: TrackRows.order(db, playlist: source).map(\.id))
                try PlaylistRows.touch(db, key: source, now: now)
            }
            var order = try TrackRows.order(db, playlist: target).map(\.id).filter { $0 != id }
            order.insert(id, at: min((position ?? .max) - 1, order.count))
            try TrackRows.renumber(db, playlist: target, order: order)
            try PlaylistRows.touch(db, key: target, now: now)
            return try TrackRows.existing(db, id: id)
        }
    }

    /// Counts one more listening. A statistic, not an edit: `playlistSeq` and `updatedAt` stay.
    package func incrementPlayCount(trackID: String) async throws {
        try await write(.note) { db, _ in
            try db.run("UPDATE track SET play_count = play_count + 1 WHERE id = ?", [trackID])
            guard db.changesCount == 1 else { throw LibraryError.noTrack(trackID) }
        }
    }

    // MARK: - What may enter

    private static let longestDurationMs = 1_000_000_000_000

    static func checked(_ track: NewTrack) throws(LibraryError) -> NewTrack {
        var track = track
        track.title = try checkedTitle(track.title)
        track.artist = track.artist.flatMap { optionalLine($0) }
        track.album = track.album.flatMap { optionalLine($0) }
        track.filename = CleanText.line(track.filename, limit: 255)
        try refuse(track.filename.isEmpty, "A track needs the name of its file.")
        track.id = track.id?.lowercased()
        try refuse(track.id.map { UUID(uuidString: $0) == nil } ?? false, "The id of a track must be a UUID.")
        try refuse(!isRelative(track.filePath), "The path of a track must lie inside media/.")
        try refuse(!(track.coverPath.map(isRelative) ?? true), "The path of a cover must lie inside covers/.")
        try refuse(track.fileSize < 0, "The size of a file cannot be negative.")
        try refuse(!(0...longestDurationMs).contains(track.startMs), "A track cannot begin at \(track.startMs) ms.")
        if let end = track.endMs {
            try refuse(!(track.startMs + 1...longestDurationMs).contains(end), "A track cannot end at \(end) ms.")
        }
        if let url = track.url { try refuse(!isWebAddress(url), "The address of a track must begin with http(s)://.") }
        if let duration = track.durationMs {
            try refuse(!(0...longestDurationMs).contains(duration), "A track cannot last \(duration) ms.")
        }
        track.fileHash = track.fileHash?.lowercased()
        if let hash = track.fileHash {
            let isHex =
                hash.utf8.count == 64 && hash.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
            try refuse(!isHex, "The hash of a file must be a SHA-256 in hex.")
        }
        return track
    }

    private static func refuse(_ isWrong: Bool, _ message: String) throws(LibraryError) {
        if isWrong { throw LibraryError(.invalid, message) }
    }

    private static func isWebAddress(_ url: String) -> Bool {
        url.utf8.count <= 2000 && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
            && ["http://", "https://"].contains { url.lowercased().hasPrefix($0) && url.utf8.count > $0.utf8.count }
    }

    private static func optionalLine(_ text: String) -> String? {
        let line = CleanText.line(text, limit: titleLimit)
        return line.isEmpty ? nil : line
    }

    /// Whether a path stays below the directory it is meant for.
    static func isRelative(_ path: String) -> Bool {
        !path.isEmpty && !path.utf8.contains(0)
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !["", ".", ".."].contains($0)
            }
    }
}
