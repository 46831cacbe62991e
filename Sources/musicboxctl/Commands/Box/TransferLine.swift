import Synchronization

/// Says on a terminal how much of a transfer is through.
final class TransferLine: Sendable {
    private struct State {
        var live: LiveLine
        var total = 0
    }

    private let state: Mutex<State>

    init(file: FileOutput) { state = Mutex(State(live: LiveLine(file: file))) }

    /// Bytes.
    var total: Int { state.withLock { $0.total } }

    func advance(_ count: Int) {
        state.withLock { state in
            state.total += count
            let total = state.total
            state.live.show(ByteText.text(total))
        }
    }

    func end() { state.withLock { $0.live.clear() } }
}
