import GRDB

extension MusicLibrary {
    /// The playlist a tag is bound to, with its tracks. One indexed read: this stands between a tap and its music.
    ///
    /// - Parameter tag: lower-case hex UID.
    package func playlist(forTag tag: String) async throws -> Playlist? {
        try await lookUp { try PlaylistRows.playlist($0, tag: tag) }
    }

    /// Binds a tag to a playlist. A tag that is bound to it already is left as it is.
    ///
    /// - Parameters:
    ///   - tag: lower-case hex UID.
    ///   - force: takes the tag away from another playlist.
    /// - Returns: the playlist the tag was bound to before, be it another one or the same.
    /// - Throws: `conflict` that names the other playlist, if the tag has one and `force` is not set.
    @discardableResult
    package func bind(tag: String, to playlistID: String, force: Bool = false) async throws -> String? {
        guard Self.isUID(tag) else {
            throw LibraryError(.invalid, "\"\(tag.prefix(80))\" is no tag: a tag is 2 to 64 digits of lower-case hex.")
        }
        return try await write(.edit) { db, now in
            let target = try PlaylistRows.key(db, id: playlistID)
            let owner = try Self.owner(db, of: tag)
            if let owner {
                guard owner.key != target else { return owner.id }
                guard force else {
                    throw LibraryError(
                        .conflict,
                        "The tag \(tag) is bound to the playlist \"\(owner.title)\": unbind it there or force it.",
                        conflict: LibraryError.Conflict(playlistID: owner.id, playlistTitle: owner.title)
                    )
                }
                try db.run("DELETE FROM tag WHERE uid = ?", [tag])
                try PlaylistRows.touch(db, key: owner.key, now: now)
            }
            try db.run("INSERT INTO tag (uid, playlist, bound_at) VALUES (?, ?, ?)", [tag, target, now])
            try PlaylistRows.touch(db, key: target, now: now)
            return owner?.id
        }
    }

    /// - Returns: the playlist the tag was bound to; nil if it was free.
    @discardableResult
    package func unbind(tag: String) async throws -> String? {
        try await write(.edit) { db, now in
            guard let owner = try Self.owner(db, of: tag) else { return nil }
            try db.run("DELETE FROM tag WHERE uid = ?", [tag])
            try PlaylistRows.touch(db, key: owner.key, now: now)
            return owner.id
        }
    }

    private static func owner(_ db: Database, of tag: String) throws -> (key: Int64, id: String, title: String)? {
        let statement = try db.cachedStatement(
            sql: "SELECT p.key, p.id, p.title FROM tag JOIN playlist p ON p.key = tag.playlist WHERE tag.uid = ?"
        )
        guard let row = try Row.fetchOne(statement, arguments: [tag]) else { return nil }
        return (try row.value(0), try row.value(1), try row.value(2))
    }

    private static func isUID(_ tag: String) -> Bool {
        (2...64).contains(tag.utf8.count)
            && tag.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
