import Synchronization
import Threads

/// What callers want and the decoder thread has not yet done. Not a queue: commands merge, so it cannot grow. A load or
/// a stop discards everything before it but the speed, which is not about a request; of the others the last of each kind counts, and since they act on different
/// things (position, pause, successor) their order among each other does not matter.
struct Wishes: Equatable {
    enum Start: Equatable {
        case load(PlayRequest)
        case stop
    }

    enum Successor: Equatable {
        case prepare(PlayRequest)
        case takeBack
    }

    var start: Start?
    var successor: Successor?
    var seekMs: Int?
    var isPlaying: Bool?
    var speed: Double?

    var isEmpty: Bool { self == Wishes() }

    mutating func merge(_ command: Command) {
        switch command {
        case .load(let request): self = Wishes(start: .load(request), speed: speed)
        case .stop: self = Wishes(start: .stop, speed: speed)
        case .prepare(let request): successor = request.map { .prepare($0) } ?? .takeBack
        case .pause: isPlaying = false
        case .resume: isPlaying = true
        case .seek(let ms): seekMs = ms
        case .speed(let speed): self.speed = speed
        }
    }
}

/// A command to the engine.
enum Command: Equatable {
    case load(PlayRequest)
    case prepare(PlayRequest?)
    case pause
    case resume
    case stop
    case seek(ms: Int)
    case speed(Double)
}

/// Carries commands from any thread to the decoder thread.
final class Mailbox: Sendable {
    private let wishes = Mutex(Wishes())
    private let wakeup: Wakeup
    /// Something waits: lets the decoder look between two frames without taking the lock.
    private let waiting = Atomic<Bool>(false)
    /// A load or stop waits, so what is being opened or sought now is no longer wanted.
    private let superseding = Atomic<Bool>(false)
    private let closed = Atomic<Bool>(false)

    /// - Parameter wakeup: wakes the decoder thread.
    init(wakeup: Wakeup) {
        self.wakeup = wakeup
    }

    func post(_ command: Command) {
        wishes.withLock { wishes in
            wishes.merge(command)
            if wishes.start != nil { superseding.store(true, ordering: .relaxed) }
            waiting.store(true, ordering: .releasing)
        }
        wakeup.signal()
    }

    /// Ends the decoder thread.
    func close() {
        closed.store(true, ordering: .releasing)
        wakeup.signal()
    }

    var isClosed: Bool { closed.load(ordering: .acquiring) }
    var hasWork: Bool { waiting.load(ordering: .acquiring) || isClosed }

    /// Whether blocking work on behalf of earlier commands should be given up.
    var isSuperseding: Bool { superseding.load(ordering: .relaxed) || isClosed }

    func take() -> Wishes {
        wishes.withLock { wishes in
            superseding.store(false, ordering: .relaxed)
            waiting.store(false, ordering: .relaxed)
            let taken = wishes
            wishes = Wishes()
            return taken
        }
    }
}
