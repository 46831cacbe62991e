import Synchronization

/// Holds one task back until it is opened.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var held: CheckedContinuation<Void, Never>?
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func wait() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watcher) = state.withLock { state in
                if !state.isOpen { state.held = continuation }
                defer { state.watcher = nil }
                return (state.isOpen, state.watcher)
            }
            watcher?.resume()
            if isOpen { continuation.resume() }
        }
    }

    /// Returns when somebody waits.
    package func untilWaiting() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held == nil, !state.isOpen {
                    state.watcher = continuation
                    return false
                }
                return true
            }
            if isThere { continuation.resume() }
        }
    }

    package func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = nil }
            return state.held
        }
        held?.resume()
    }
}
