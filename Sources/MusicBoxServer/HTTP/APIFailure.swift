import MusicBox
import MusicBoxAPI
import MusicLibrary

/// What a client hears of an error: a kind with its honest status, and a message for people. The one place where
/// errors of the box become errors of the wire.
struct APIFailure: Error, Sendable {
    var kind: APIError.Kind
    var message: String
    var details: JSONValue?
    /// The methods that would have been right.
    var allow: String?

    init(_ kind: APIError.Kind, _ message: String, details: JSONValue? = nil, allow: String? = nil) {
        self.kind = kind
        self.message = message
        self.details = details
        self.allow = allow
    }

    init(_ error: any Error) {
        switch error {
        case let failure as APIFailure: self = failure
        case .nothingToPlay(let message) as PlayerError: self.init(.conflict, message)
        case .outOfRange(let message) as PlayerError: self.init(.validation, message)
        case let error as BoxError: self.init(box: error)
        case let error as LibraryError: self.init(library: error)
        default: self.init(.internalError, "something went wrong inside the box; its log says what")
        }
    }

    private init(box error: BoxError) {
        switch error {
        case .busy: self.init(.unavailable, "the box is busy: try again")
        case .shuttingDown: self.init(.unavailable, "the box is shutting down")
        case .invalid(let message): self.init(.validation, message)
        case .notFound(let message): self.init(.notFound, message)
        case .conflict(let message): self.init(.conflict, message)
        case .tooLarge(let message): self.init(.payloadTooLarge, message)
        case .insufficientStorage(let message): self.init(.storageFull, message)
        case .unavailable(let message): self.init(.unavailable, message)
        case .storage: self.init(.internalError, "the disk refused; the log says why")
        }
    }

    private init(library error: LibraryError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .conflict:
            let details = error.conflict.map {
                JSONValue.object(["playlist_id": .string($0.playlistID), "playlist_title": .string($0.playlistTitle)])
            }
            self.init(.conflict, error.message, details: details)
        case .invalid: self.init(.validation, error.message)
        case .full: self.init(.storageFull, error.message)
        case .readOnly, .damaged, .unavailable: self.init(.unavailable, error.message)
        }
    }
}
