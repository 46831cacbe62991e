import HTTPTypes
import MusicBox
import MusicBoxAPI
import MusicLibrary

/// What a client hears of an error: a kind with its honest status, and a message for people. The one place where
/// errors of the box become errors of the wire.
struct APIFailure: Error, Sendable {
    var kind: APIError.Kind
    var message: String
    var details: JSONValue?
    /// What the status wants to be told besides: the methods that would have been right, when to try again.
    var headers: HTTPFields

    init(
        _ kind: APIError.Kind,
        _ message: String,
        details: JSONValue? = nil,
        headers: HTTPFields = [:]
    ) {
        self.kind = kind
        self.message = message
        self.details = details
        self.headers = headers
        if kind == .unavailable, headers[.retryAfter] == nil { self.headers[.retryAfter] = "1" }
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
        case .busy, .shuttingDown, .unavailable: self.init(.unavailable, error.message)
        case .invalid: self.init(.validation, error.message)
        case .notFound: self.init(.notFound, error.message)
        case .conflict: self.init(.conflict, error.message)
        case .tooLarge: self.init(.payloadTooLarge, error.message)
        case .tooMany: self.init(.rateLimited, error.message, headers: [.retryAfter: "30"])
        case .insufficientStorage: self.init(.storageFull, error.message)
        case .storage: self.init(.internalError, error.message)
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
