import Glibc
import Logging
import Threads

/// The thread `reader`: owns the reader process, feeds ``SupervisorMachine`` and carries out its actions, one input at a
/// time and in order.
///
/// It waits in poll(2), for the child's outputs, its end, the machine's deadline and the request to stop, and nowhere else
/// for longer than a program takes to start. So a heartbeat wakes one thread, once. It never waits for whoever listens to
/// the events, nor for a child that does not end.
struct ReaderLoop: ~Copyable {
    private let command: [String]
    private let stopping: Wakeup
    private let sink: AsyncStream<ReaderEvent>.Continuation
    private let logger: Logger
    private var machine: SupervisorMachine
    private var child: ReaderChild?
    private var isStopping = false
    private var isFinished = false
    private var warnings = RateLimit(limit: 5, per: .seconds(60))
    private var errorLines = RateLimit(limit: 20, per: .seconds(10))

    /// As many reads as the largest pipe needs: 1 MiB, unless root has allowed more (pipe(7)).
    private static let lastReads = 256

    /// - Parameter stopping: Signalled once, when ``run()`` has to end.
    init(
        configuration: ReaderConfiguration,
        stopping: Wakeup,
        sink: AsyncStream<ReaderEvent>.Continuation,
        logger: Logger
    ) {
        command = configuration.command
        self.stopping = stopping
        self.sink = sink
        self.logger = logger
        machine = SupervisorMachine(configuration: configuration)
    }

    /// Runs readers until it is told to stop, ends the last one and returns.
    mutating func run() {
        perform(machine.start(at: now))
        while !isFinished { runOnce() }
    }

    private var now: Duration { .nanoseconds(Int64(MonotonicTime.nanoseconds())) }

    private mutating func runOnce() {
        // A negative descriptor is one that poll passes over.
        var entries = [
            isStopping ? -1 : stopping.descriptor,
            child?.output.descriptor ?? -1,
            child?.errors.descriptor ?? -1,
            child?.ending ?? -1,
        ].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if poll(&entries, nfds_t(entries.count), patience) > 0 {
            if entries[0].revents != 0 { stop() }
            if entries[1].revents != 0 { hear() }
            if entries[2].revents != 0 { logErrors() }
            if entries[3].revents != 0 { bury() }
        }
        // After what was said: a daemon that did not run for a while must not take that for the reader's silence.
        if let deadline = machine.deadline, deadline <= now { perform(machine.tick(at: now)) }
    }

    /// Milliseconds for poll(2), rounded up: at an early end there would be nothing to do yet.
    private var patience: CInt {
        guard let deadline = machine.deadline else { return -1 }
        return CInt(min(max(0, ((deadline - now) / .milliseconds(1)).rounded(.up)), 1e9))
    }

    private mutating func stop() {
        isStopping = true
        perform(machine.stop(at: now))
    }

    private mutating func hear() {
        guard let pieces = child?.output.read() else {
            // A reader that closed its output is of no use any more, even if it goes on running.
            if child?.output.isOpen == false { child?.kill() }
            return
        }
        for piece in pieces { hear(piece) }
    }

    private mutating func hear(_ piece: LineSplitter.Piece) {
        guard case .line(let text) = piece else { return ignore("it is longer than a line may be", line: nil) }
        guard let line = ReaderLine(text) else { return ignore("it is not of the protocol", line: text) }
        let actions = machine.received(line, at: now, monotonicNow: MonotonicTime.nanoseconds())
        perform(actions, line: text)
    }

    /// Logs what the child and its libraries print, cut to short lines and at a limited rate.
    private mutating func logErrors() {
        guard let pieces = child?.errors.read() else { return }
        for piece in pieces { log(piece) }
    }

    private mutating func log(_ error: LineSplitter.Piece) {
        guard case .line(let text) = error, let suppressed = errorLines.pass(at: now) else { return }
        logger.debug(
            "Reader wrote to its standard error",
            metadata: ["text": "\(text)", "suppressed": "\(suppressed)"]
        )
    }

    private mutating func launch() {
        logger.debug("Starting the reader", metadata: ["command": "\(command)"])
        do throws(ReaderChild.StartFailure) {
            child = try ReaderChild(command: command)
        } catch {
            ended(.notStarted(error.reason))
        }
    }

    /// The child has ended: hears its last words, reaps it and goes on without it.
    private mutating func bury() {
        guard var child = child.take() else { return }
        // As long as it is not reaped, its group's number is no other's.
        child.kill()
        // All it has said is in the pipes. A helper that left the group may go on writing, but not for ever.
        for _ in 0..<Self.lastReads {
            guard let pieces = child.output.read() else { break }
            for piece in pieces { hear(piece) }
        }
        for _ in 0..<Self.lastReads {
            guard let pieces = child.errors.read() else { break }
            for piece in pieces { log(piece) }
        }
        ended(child.reap())
    }

    private mutating func ended(_ end: SupervisorMachine.ChildEnd) {
        logger.debug("The reader ended", metadata: ["end": "\(end)"])
        perform(machine.ended(end, at: now))
    }

    private mutating func perform(_ actions: [SupervisorMachine.Action], line: String? = nil) {
        for action in actions {
            switch action {
            case .launch: launch()
            case .closeInput: child?.closeInput()
            case .kill: child?.kill()
            case .emit(let event): emit(event)
            case .ignored(let reason): ignore(reason, line: line)
            case .finish: isFinished = true
            }
        }
    }

    private func emit(_ event: ReaderEvent) {
        if case .state(let state) = event { log(state) }
        if case .dropped = sink.yield(event) {
            logger.warning("Reader events are not being read; the oldest was dropped")
        }
    }

    private func log(_ state: ReaderState) {
        switch state {
        case .starting: logger.debug("Looking for a reader")
        case .ready(let name): logger.notice("The reader is ready", metadata: ["reader": "\(name)"])
        case .missing(let reason): logger.warning("No reader", metadata: ["reason": "\(reason)"])
        case .failed(let reason): logger.warning("The reader failed", metadata: ["reason": "\(reason)"])
        }
    }

    private mutating func ignore(_ reason: String, line: String?) {
        guard let suppressed = warnings.pass(at: now) else { return }
        logger.warning(
            "Ignored a line of the reader",
            metadata: ["reason": "\(reason)", "line": "\(line ?? "")", "suppressed": "\(suppressed)"]
        )
    }
}
