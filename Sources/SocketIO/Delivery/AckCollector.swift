import NIOCore
import Synchronization

/// What the recipients of one event have answered.
public struct BroadcastAcknowledgements: Sendable {
    /// The answer of one of them.
    public struct Answer: Sendable {
        /// The id of the socket.
        public let sid: String
        /// What it answered.
        public let arguments: EventArguments
    }

    /// In the order in which they came.
    public internal(set) var answers: [Answer] = []
    /// The ids of those that did not answer in time, left before they did, or owe too many answers already.
    public internal(set) var missing: [String] = []
}

/// Waits for the acknowledgements of one event from many sockets.
final class AckCollector: Sendable {
    private struct State {
        var waiting: [ObjectIdentifier: Socket] = [:]
        var result = BroadcastAcknowledgements()
        var isAsked = false
        var isCancelled = false
        var continuation: CheckedContinuation<BroadcastAcknowledgements, any Error>?
        var timeout: Scheduled<Void>?

        /// Everything is there: what is left to do outside of the lock.
        mutating func finishIfComplete() -> (@Sendable () -> Void)? {
            guard isAsked, waiting.isEmpty, let continuation = continuation.take() else { return nil }
            return { [timeout, result] in
                timeout?.cancel()
                continuation.resume(returning: result)
            }
        }
    }

    private let id: Int
    private let state = Mutex(State())

    /// - Parameter id: The number of the acknowledgement.
    init(id: Int) {
        self.id = id
    }

    /// Asks, and returns what came until everyone has answered or `timeout` is over.
    ///
    /// - Parameter ask: Sends the event; calls ``expect(_:)`` for each recipient before it can answer.
    /// - Throws: `CancellationError`.
    func answers(within timeout: Duration, ask: () -> Void) async throws -> BroadcastAcknowledgements {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.continuation = continuation }
                ask()
                let (finish, isCancelled) = state.withLock { state in
                    state.isAsked = true
                    if let loop = state.waiting.values.first?.lane.eventLoop {
                        state.timeout = loop.scheduleTask(in: TimeAmount(timeout)) { self.giveUp() }
                    }
                    return (state.finishIfComplete(), state.isCancelled)
                }
                finish?()
                // Cancelled before there was anything to cancel.
                if isCancelled { cancel() }
            }
        } onCancel: {
            cancel()
        }
    }

    /// - Returns: False when nothing will come from this socket, and it need not be asked.
    func expect(_ socket: Socket) -> Bool {
        state.withLock { $0.waiting[ObjectIdentifier(socket)] = socket }
        if socket.expect(id, for: self) { return true }
        received(nil, from: socket)
        return false
    }

    /// - Parameter arguments: nil when the socket is gone.
    func received(_ arguments: EventArguments?, from socket: Socket) {
        let finish = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.waiting.removeValue(forKey: ObjectIdentifier(socket)) != nil else { return nil }
            if let arguments {
                state.result.answers.append(.init(sid: socket.id, arguments: arguments))
            } else {
                state.result.missing.append(socket.id)
            }
            return state.finishIfComplete()
        }
        finish?()
    }

    /// The time is over.
    private func giveUp() {
        let (silent, finish) = state.withLock { state in
            let silent = state.waiting.values
            state.waiting = [:]
            state.result.missing += silent.map(\.id)
            return (silent, state.finishIfComplete())
        }
        for socket in silent { socket.forget(id) }
        finish?()
    }

    private func cancel() {
        let finish = state.withLock { state -> (@Sendable () -> Void)? in
            state.isCancelled = true
            // The one who asks must have come so far that it will not wait any more; it looks after itself.
            guard state.isAsked, let continuation = state.continuation.take() else { return nil }
            defer { state.waiting = [:] }
            return { [id, timeout = state.timeout, silent = Array(state.waiting.values)] in
                timeout?.cancel()
                for socket in silent { socket.forget(id) }
                continuation.resume(throwing: CancellationError())
            }
        }
        finish?()
    }
}
