import Synchronization

/// The result of something that is done when its turn comes. Given once, awaited once.
final class Turn<Result: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result, Never>)
        case done(Result)
    }

    private let state = Mutex(State.open)

    func done(_ result: Result) {
        let waiter: CheckedContinuation<Result, Never>? = state.withLock { state in
            defer { state = .done(result) }
            return if case .awaited(let continuation) = state { continuation } else { nil }
        }
        waiter?.resume(returning: result)
    }

    func result() async -> Result {
        await withCheckedContinuation { continuation in
            let result: Result? = state.withLock { state in
                if case .done(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
    }
}
