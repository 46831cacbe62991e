/// The rules of the reader supervisor, without a process, a clock or a log: inputs are methods, effects are returned.
///
/// One child at most exists at any time. A tag that lies there survives the reader's death: only a reader that works
/// again and does not see the tag within the return grace makes it count as removed.
///
/// Times are durations since any fixed start; they never go back.
struct SupervisorMachine: Sendable {
    /// What the shell has to do, in order.
    enum Action: Sendable, Equatable {
        /// Start the child.
        case launch
        /// Close the child's input, which asks it to end.
        case closeInput
        /// Kill the child and its process group.
        case kill
        /// Tell the world.
        case emit(ReaderEvent)
        /// Log that a line had no effect, and why; at a limited rate.
        case ignored(String)
        /// Everything is over: no child is left, or none that can be ended.
        case finish
    }

    /// How a child came to its end.
    enum ChildEnd: Sendable, Equatable {
        case exited(CInt)
        case signalled(CInt)
        case notStarted(String)
    }

    private struct Run {
        var startedAt: Duration
        /// When the last valid line came; nil before the first.
        var lastSign: Duration?
        /// When the reader last said that it works; nil while it does not.
        var readyAt: Duration?
        /// The longest it has been ready in one go counts as health.
        var provenHealthy = false
        /// What it complained of last, if it does not work.
        var complaint: ReaderState?
        var killed = false
    }

    private enum Phase {
        case idle
        case running(Run)
        case waiting(until: Duration)
        case ending(deadline: Duration, killed: Bool)
        case ended
    }

    private let configuration: ReaderConfiguration
    private var phase = Phase.idle
    private var backoff: Backoff
    private var reported: ReaderState?
    private var placed: TagID?
    /// Until when a reader that came back may confirm `placed`.
    private var returnDeadline: Duration?

    /// A killed child that sits in an uninterruptible driver call may never end; the daemon must, all the same.
    private static let abandonAfter = Duration.seconds(1)
    /// A first sight older than this is a clock that is not CLOCK_MONOTONIC.
    private static let oldestSightNanoseconds: UInt64 = 10_000_000_000

    init(configuration: ReaderConfiguration) {
        self.configuration = configuration
        backoff = Backoff(first: configuration.restartDelay, limit: configuration.restartLimit)
    }

    /// When ``tick(at:)`` has something to do, unless another input comes first.
    var deadline: Duration? {
        switch phase {
        case .idle, .ended: nil
        case .running(let run) where run.killed: nil
        case .running(let run): min(silenceDeadline(run), returnDeadline ?? silenceDeadline(run))
        case .waiting(let until): until
        case .ending(let deadline, _): deadline
        }
    }

    mutating func start(at now: Duration) -> [Action] {
        guard case .idle = phase else { return [] }
        phase = .running(Run(startedAt: now))
        return report(.starting) + [.launch]
    }

    /// Asks for the end; ``Action/finish`` follows, at the latest after the end grace and a second.
    mutating func stop(at now: Duration) -> [Action] {
        switch phase {
        case .idle, .waiting:
            phase = .ended
            return [.finish]
        case .running(let run):
            phase = .ending(
                deadline: now + (run.killed ? Self.abandonAfter : configuration.endGrace),
                killed: run.killed
            )
            return run.killed ? [] : [.closeInput]
        case .ending, .ended:
            return []
        }
    }

    /// The child wrote `line`; `monotonicNow` is CLOCK_MONOTONIC at its arrival, in nanoseconds.
    mutating func received(_ line: ReaderLine, at now: Duration, monotonicNow: UInt64) -> [Action] {
        guard case .running(var run) = phase, !run.killed else { return [] }
        run.lastSign = now
        if let readyAt = run.readyAt, now - readyAt >= configuration.healthyAfter { run.provenHealthy = true }
        defer { phase = .running(run) }
        switch line {
        case .alive:
            return []
        case .ready(let name):
            run.readyAt = now
            run.complaint = nil
            returnDeadline = placed == nil ? nil : now + configuration.returnGrace
            return report(.ready(name: name))
        case .error(let code, let message):
            run.readyAt = nil
            let reason = message.isEmpty ? code : message
            let complaint: ReaderState =
                code == ReaderLine.missingCode ? .missing(reason: reason) : .failed(reason: reason)
            run.complaint = complaint
            returnDeadline = nil
            return report(complaint)
        case .placed, .removed:
            guard run.readyAt != nil else { return [.ignored("a tag was told before 'ready'")] }
            return tagLine(line, monotonicNow: monotonicNow)
        }
    }

    /// The child is gone, and all its lines were given to ``received(_:at:monotonicNow:)`` before.
    mutating func ended(_ end: ChildEnd, at now: Duration) -> [Action] {
        switch phase {
        case .running(let run):
            if run.provenHealthy || run.readyAt.map({ now - $0 >= configuration.healthyAfter }) ?? false {
                backoff.reset()
            }
            returnDeadline = nil
            phase = .waiting(until: now + backoff.next())
            return run.killed ? [] : report(run.complaint ?? Self.state(after: end))
        case .ending:
            phase = .ended
            return [.finish]
        case .idle, .waiting, .ended:
            return []
        }
    }

    /// Time has passed; call it at ``deadline``. Calling it early or late does no harm.
    mutating func tick(at now: Duration) -> [Action] {
        switch phase {
        case .idle, .ended:
            return []
        case .waiting(let until):
            guard now >= until else { return [] }
            phase = .running(Run(startedAt: now))
            return [.launch]
        case .ending(let deadline, let killed):
            guard now >= deadline else { return [] }
            phase = killed ? .ended : .ending(deadline: now + Self.abandonAfter, killed: true)
            return [killed ? .finish : .kill]
        case .running(var run):
            guard !run.killed else { return [] }
            if now >= silenceDeadline(run) {
                run.killed = true
                phase = .running(run)
                returnDeadline = nil
                let silence = run.lastSign == nil ? configuration.startTimeout : configuration.heartbeatTimeout
                return [.kill] + report(.failed(reason: "the reader was silent for \(silence) and was restarted"))
            }
            guard let deadline = returnDeadline, now >= deadline else { return [] }
            returnDeadline = nil
            return lift()
        }
    }

    private func silenceDeadline(_ run: Run) -> Duration {
        run.lastSign.map { $0 + configuration.heartbeatTimeout } ?? run.startedAt + configuration.startTimeout
    }

    private mutating func tagLine(_ line: ReaderLine, monotonicNow: UInt64) -> [Action] {
        switch line {
        case .placed(let tag, let told) where tag != placed:
            var seenAt = told ?? monotonicNow
            if seenAt > monotonicNow || monotonicNow - seenAt > Self.oldestSightNanoseconds { seenAt = monotonicNow }
            let lifted = lift()
            placed = tag
            return lifted + [.emit(.tag(.placed(tag, seenAtNanoseconds: seenAt)))]
        case .placed:
            returnDeadline = nil
            return []
        case .removed(let tag) where tag == placed:
            return lift()
        default:
            return [.ignored("a tag was removed that did not lie there")]
        }
    }

    private mutating func lift() -> [Action] {
        returnDeadline = nil
        guard let tag = placed else { return [] }
        placed = nil
        return [.emit(.tag(.removed(tag)))]
    }

    private mutating func report(_ state: ReaderState) -> [Action] {
        guard state != reported else { return [] }
        reported = state
        return [.emit(.state(state))]
    }

    private static func state(after end: ChildEnd) -> ReaderState {
        switch end {
        case .exited(ReaderExit.missing): .missing(reason: "the reader program found no reader")
        case .exited(let code): .failed(reason: "the reader program ended with code \(code)")
        case .signalled(let signal): .failed(reason: "the reader program died of signal \(signal)")
        case .notStarted(let reason): .failed(reason: reason)
        }
    }
}
