import NIOCore
import Synchronization

/// Events of one client on their way from the event loop to the application's handlers.
///
/// They are handled one after the other, in order, so a slow handler holds up its own client and nobody else. A task
/// runs only while there is something to do. The loop stops reading from the client when `limit` events wait, and is
/// told when half of them are done.
final class Inbox: Sendable {
    enum Work: Sendable {
        /// Middleware decides.
        case arriving(Socket)
        case connected(Socket)
        case event(Socket, name: String, EventArguments, id: Int?)
        case disconnected(Socket, DisconnectReason)
    }

    private struct State {
        var work = CircularBuffer<Work>()
        var isRunning = false
        var isFull = false
    }

    private let limit: Int
    private let tracker: WorkTracker
    private let onRoom: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter onRoom: Called on any thread after ``push(_:)`` returned false, when there is room again.
    init(limit: Int, tracker: WorkTracker, onRoom: @escaping @Sendable () -> Void) {
        self.limit = max(1, limit)
        self.tracker = tracker
        self.onRoom = onRoom
    }

    /// - Returns: False when the caller should stop until `onRoom`. The work is accepted all the same.
    func push(_ work: Work) -> Bool {
        let (mustStart, hasRoom) = state.withLock { state in
            state.work.append(work)
            defer { state.isRunning = true }
            if state.work.count >= limit { state.isFull = true }
            return (!state.isRunning, !state.isFull)
        }
        if mustStart {
            tracker.begin()
            // Unstructured on purpose: it ends by itself, and `tracker` lets shutdown wait for it.
            Task {
                await self.run()
                self.tracker.end()
            }
        }
        return hasRoom
    }

    private func run() async {
        while let work = next() {
            switch work {
            case .arriving(let socket):
                await socket.namespace.judge(socket)
            case .connected(let socket):
                await socket.namespace.connected(socket)
            case .event(let socket, let name, let arguments, let id):
                await socket.namespace.handle(name, arguments, from: socket, id: id)
            case .disconnected(let socket, let reason):
                await socket.namespace.disconnected(socket, reason)
            }
        }
    }

    private func next() -> Work? {
        let (work, hasRoomAgain) = state.withLock { state -> (Work?, Bool) in
            let work = state.work.popFirst()
            if work == nil { state.isRunning = false }
            guard state.isFull, state.work.count <= limit / 2 else { return (work, false) }
            state.isFull = false
            return (work, true)
        }
        if hasRoomAgain { onRoom() }
        return work
    }
}
