import Synchronization

/// Counts the bytes of one chunk that went out.
final class SentBytes: Sendable {
    private let total = Atomic(0)

    func add(_ count: Int) -> Int {
        total.wrappingAdd(count, ordering: .relaxed).newValue
    }
}
