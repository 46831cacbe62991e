/// Why the library refused or could not do something.
package struct LibraryError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The playlist, track or tag named does not exist.
        case notFound
        /// The tag belongs to another playlist, or the id is taken.
        case conflict
        /// The request cannot be carried out as given.
        case invalid
        /// No space is left on the disk.
        case full
        /// The directory or the file system cannot be written.
        case readOnly
        /// The database is damaged; the next start takes the last good copy.
        case damaged
        /// The database cannot be used now: made by a newer version, held by another program, input/output error.
        case unavailable
    }

    package var code: Code
    /// One line that names the object and the remedy.
    package var message: String
    /// For `conflict` of a tag: the playlist it is bound to.
    package var conflict: Conflict?
    /// What SQLite or the system said; for logs, not for people.
    package var cause: String?

    package struct Conflict: Sendable, Equatable {
        package var playlistID: String
        package var playlistTitle: String

        package init(playlistID: String, playlistTitle: String) {
            self.playlistID = playlistID
            self.playlistTitle = playlistTitle
        }
    }

    package init(_ code: Code, _ message: String, conflict: Conflict? = nil, cause: String? = nil) {
        self.code = code
        self.message = message
        self.conflict = conflict
        self.cause = cause
    }

    package var description: String {
        cause.map { "\(message) [\($0)]" } ?? message
    }

    static func noPlaylist(_ id: String) -> LibraryError {
        LibraryError(.notFound, "There is no playlist \(id).")
    }

    static func noTrack(_ id: String) -> LibraryError {
        LibraryError(.notFound, "There is no track \(id).")
    }
}
