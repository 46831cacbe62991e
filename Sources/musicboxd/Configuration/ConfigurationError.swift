/// A mistake in the configuration: one line that names where it stands, the key and the remedy.
struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    var message: String

    init(_ message: String) { self.message = message }

    var description: String { message }

    /// "did you mean" for a key that does not exist.
    static func unknown(_ key: String, at place: String) -> Self {
        let hint = Setting.nearest(to: key).map { ": did you mean \($0)?" } ?? ": musicboxd config lists all keys"
        return Self("\(place): unknown key \(key)\(hint)")
    }
}
