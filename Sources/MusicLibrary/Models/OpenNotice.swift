package import FoundationEssentials

/// Something that happened at the opening of the library and that its owner has to be told.
package struct OpenNotice: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The database was damaged or missing; the last good copy, made at this time, is in use.
        case restored(copyOf: Date)
        /// The database was damaged and there was no good copy; the library is empty.
        case startedEmpty
        /// The disk is full: the library can be read, edits fail until there is room.
        case full
    }

    package var kind: Kind
    /// One line for people.
    package var message: String
    /// The absolute path the damaged file was moved to.
    package var setAside: String?

    package init(kind: Kind, message: String, setAside: String? = nil) {
        self.kind = kind
        self.message = message
        self.setAside = setAside
    }
}
