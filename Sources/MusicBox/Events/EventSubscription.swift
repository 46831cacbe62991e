import Synchronization

/// One subscriber's queue: at most `limit` events wait in it. A volatile event replaces the one of its kind that still
/// waits; when the queue is full of others everything in it is dropped for one ``Item/gap``, after which the subscriber
/// has to look at the whole state again.
package final class EventSubscription: Sendable {
    package enum Item: Sendable {
        case event(SequencedEvent)
        /// Events were lost because this subscriber was too slow.
        case gap
    }

    private struct State {
        var items: [Item] = []
        var isEnded = false
        var waiter: CheckedContinuation<[Item]?, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    func offer(_ event: SequencedEvent) {
        let (waiter, items) = state.withLock { state -> (CheckedContinuation<[Item]?, Never>?, [Item]) in
            guard !state.isEnded else { return (nil, []) }
            if event.event.isVolatile {
                state.items.removeAll { if case .event(let old) = $0 { old.event.isVolatile } else { false } }
            }
            if state.items.count >= limit { state.items = [.gap] }
            state.items.append(.event(event))
            guard let waiter = state.waiter else { return (nil, []) }
            state.waiter = nil
            defer { state.items = [] }
            return (waiter, state.items)
        }
        waiter?.resume(returning: items)
    }

    func end() {
        let waiter = state.withLock { state in
            state.isEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Everything that waits, oldest first; nil when the subscription has ended. One caller at a time.
    package func next() async -> [Item]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: [Item]?? = state.withLock { state in
                    if !state.items.isEmpty {
                        defer { state.items = [] }
                        return .some(state.items)
                    }
                    if state.isEnded { return .some(nil) }
                    state.waiter = continuation
                    return .none
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            end()
        }
    }
}
