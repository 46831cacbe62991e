/// Why the player refused a command.
package enum PlayerError: Error, Sendable, Equatable {
    /// There is nothing that the command could act on.
    case nothingToPlay(String)
    /// A value outside its range.
    case outOfRange(String)

    /// For people.
    package var message: String {
        switch self {
        case .nothingToPlay(let message), .outOfRange(let message): message
        }
    }
}
