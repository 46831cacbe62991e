/// Why the box could not take a command at all.
package enum BoxError: Error, Sendable, Equatable {
    /// Too much is waiting already.
    case busy
    case shuttingDown
    /// The request names something that cannot be, for example a tag id that is none.
    case invalid(String)
    /// A playlist, track or session that does not exist.
    case notFound(String)
    case conflict(String)
    case tooLarge(String)
    /// The caller has too much under way already; to be tried again when some of it is done.
    case tooMany(String)
    case insufficientStorage(String)
    /// Something that the box needs for this is not there; the message says what helps.
    case unavailable(String)
    /// The disk refused; the message names the path.
    case storage(String)

    /// For people.
    package var message: String {
        switch self {
        case .busy: "the box is busy: try again"
        case .shuttingDown: "the box is shutting down"
        case .invalid(let message), .notFound(let message), .conflict(let message), .tooLarge(let message),
            .tooMany(let message), .insufficientStorage(let message), .unavailable(let message):
            message
        case .storage: "the disk refused; the log says why"
        }
    }
}
