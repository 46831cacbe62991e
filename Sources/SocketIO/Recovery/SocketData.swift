import Synchronization

/// What the application keeps with a socket. An object of its own, because it outlives a connection that broke: what
/// late handlers of the old one store is there for the next.
final class SocketData: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    subscript(key: ObjectIdentifier) -> (any Sendable)? {
        get { values.withLock { $0[key] } }
        set { values.withLock { $0[key] = newValue } }
    }
}
