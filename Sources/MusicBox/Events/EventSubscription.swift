import Synchronization

/// One subscriber's queue: at most `limit` items wait in it, marks apart. A volatile event replaces the one of its kind that
/// still waits; when the queue is full of others everything in it is dropped for one ``Item/gap``, after which the subscriber
/// has to look at the whole state again.
package final class EventSubscription: Sendable {
    package typealias Mark = @Sendable () async -> Void

    package enum Item: Sendable {
        case event(SequencedEvent)
        /// Events were lost because this subscriber was too slow.
        case gap
        /// To be called when this place in the order is reached.
        case mark(Mark)
    }

    private struct State {
        var items: [Item] = []
        var isEnded = false
        var waiter: CheckedContinuation<[Item]?, Never>?

        /// - Returns: who waits, and everything for them.
        mutating func append(_ item: Item) -> (CheckedContinuation<[Item]?, Never>?, [Item]) {
            items.append(item)
            guard let waiter else { return (nil, []) }
            defer {
                self.waiter = nil
                items = []
            }
            return (waiter, items)
        }
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
            if state.items.count >= limit {
                // Marks are never lost. They come before the gap, which stands for all that was.
                state.items.removeAll { if case .mark = $0 { false } else { true } }
                state.items.append(.gap)
            }
            return state.append(.event(event))
        }
        waiter?.resume(returning: items)
    }

    /// - Returns: false when the subscription has ended.
    func offer(_ mark: @escaping Mark) -> Bool {
        let (isAccepted, waiter, items) = state.withLock { state in
            guard !state.isEnded else { return (false, nil as CheckedContinuation<[Item]?, Never>?, [Item]()) }
            let (waiter, items) = state.append(.mark(mark))
            return (true, waiter, items)
        }
        waiter?.resume(returning: items)
        return isAccepted
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
