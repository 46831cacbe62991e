package import FoundationEssentials

/// What is known about the state of the database.
package struct LibraryHealth: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Nothing wrong was met so far.
        case good
        /// Pages of the database are malformed. Playing goes on as far as it can be read, edits are refused, and the
        /// next start sets the file aside and takes the last good copy.
        case damaged
        /// The last write failed for want of space; cleared by the next one that succeeds.
        case full
        /// The last write failed because the directory cannot be written; cleared by the next one that succeeds.
        case readOnly
    }

    package var state: State
    /// One line for people, with the remedy; nil while all is good.
    package var message: String?
    /// When the whole file was last checked in this run.
    package var checkedAt: Date?
    /// When the last good copy was made.
    package var copiedAt: Date?

    package init(state: State = .good, message: String? = nil, checkedAt: Date? = nil, copiedAt: Date? = nil) {
        self.state = state
        self.message = message
        self.checkedAt = checkedAt
        self.copiedAt = copiedAt
    }
}
