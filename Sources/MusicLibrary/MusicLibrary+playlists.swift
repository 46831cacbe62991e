import FoundationEssentials
import GRDB
import Synchronization

extension MusicLibrary {
    /// All playlists, the oldest first. Costs nothing when there was no edit since the last time.
    package func playlists() async throws -> [PlaylistSummary] {
        let count = edits.load(ordering: .acquiring)
        if let kept = listing.withLock({ $0 }), kept.edits == count { return kept.playlists }
        let playlists = try await read { try PlaylistRows.summaries($0) }
        listing.withLock { $0 = (count, playlists) }
        return playlists
    }

    /// One page of the playlists, the oldest first.
    ///
    /// - Parameters:
    ///   - page: counted from 1.
    ///   - limit: playlists per page, at least 1.
    ///   - search: words that must all be found in the title or the description of a playlist, or in the titles,
    ///     artists and albums of its tracks; parts of words count, case and accents do not. Nil or blank finds all.
    package func playlists(
        page: Int,
        limit: Int,
        search: String? = nil
    ) async throws -> (items: [PlaylistSummary], total: Int) {
        guard page >= 1, limit >= 1 else {
            throw LibraryError(.invalid, "Page \(page) of \(limit) playlists does not exist: both count from 1.")
        }
        let words = SearchText.words(search ?? "")
        let (offset, isTooFar) = (page - 1).multipliedReportingOverflow(by: limit)
        return try await read { db in
            // One moment for the page and the total.
            try db.inSnapshot {
                let total = try PlaylistRows.count(db, words: words)
                if isTooFar || offset >= total { return ([], total) }
                return (try PlaylistRows.summaries(db, words: words, limit: limit, offset: offset), total)
            }
        }
    }

    package func playlist(id: String) async throws -> Playlist? {
        try await lookUp { try PlaylistRows.playlist($0, id: id) }
    }

    @discardableResult
    package func createPlaylist(title: String, description: String = "") async throws -> Playlist {
        let title = try Self.checkedTitle(title)
        let description = CleanText.paragraph(description, limit: Self.descriptionLimit)
        let id = UUID().uuidString.lowercased()
        return try await write(.edit) { db, now in
            try db.run(
                """
                INSERT INTO playlist (id, title, description, folded, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [id, title, description, SearchText.fold(title, description), now, now]
            )
            return try PlaylistRows.existing(db, id: id)
        }
    }

    /// Changes what is not nil.
    @discardableResult
    package func updatePlaylist(id: String, title: String? = nil, description: String? = nil) async throws -> Playlist {
        let newTitle = try title.map { try Self.checkedTitle($0) }
        let newDescription = description.map { CleanText.paragraph($0, limit: Self.descriptionLimit) }
        return try await write(.edit) { db, now in
            let old = try PlaylistRows.existing(db, id: id).summary
            let (title, description) = (newTitle ?? old.title, newDescription ?? old.description)
            if title != old.title || description != old.description {
                try db.run(
                    """
                    UPDATE playlist SET title = ?, description = ?, folded = ?, seq = seq + 1, updated_at = ?
                    WHERE id = ?
                    """,
                    [title, description, SearchText.fold(title, description), now, id]
                )
            }
            return try PlaylistRows.existing(db, id: id)
        }
    }

    /// Removes a playlist with its tracks, bindings and resume point.
    ///
    /// - Returns: the files nobody refers to any more.
    @discardableResult
    package func deletePlaylist(id: String) async throws -> OrphanedFiles {
        try await write(.edit) { db, _ in
            let tracks = try PlaylistRows.existing(db, id: id).tracks
            try db.run("DELETE FROM playlist WHERE id = ?", [id])
            return try TrackRows.orphans(db, of: tracks)
        }
    }

    static let titleLimit = 500
    static let descriptionLimit = 10_000

    static func checkedTitle(_ title: String) throws(LibraryError) -> String {
        let title = CleanText.line(title, limit: titleLimit)
        guard !title.isEmpty else { throw LibraryError(.invalid, "The title is empty: give it at least one letter.") }
        return title
    }
}
