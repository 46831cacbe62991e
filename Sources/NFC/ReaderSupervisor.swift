package import Logging

/// Keeps a reader process running and tells what it sees.
///
/// It restarts a reader that dies, hangs or loses its device, with a growing wait. The rules are in
/// ``SupervisorMachine``; this actor feeds it and carries out its actions, one input at a time and in order.
package actor ReaderSupervisor {
    /// Tags and states, in order, for one listener. Ends when ``run()`` does.
    ///
    /// Holds 256 events for a listener that is busy. Beyond that the oldest are dropped, with a warning: what lies on
    /// the reader now matters more than what lay there long ago.
    package nonisolated let events: AsyncStream<ReaderEvent>

    private enum Notice: Sendable {
        case stop
        case finished
    }

    private let configuration: ReaderConfiguration
    private let clock: ElapsedClock
    private let logger: Logger
    private let sink: AsyncStream<ReaderEvent>.Continuation
    private var machine: SupervisorMachine
    private var warnings = RateLimit(limit: 5, per: .seconds(60))
    private var requests: AsyncStream<ReaderProcess.Request>.Continuation?
    private var child: Task<Void, Never>?
    private var timer: (deadline: Duration, task: Task<Void, Never>)?
    private var notices: AsyncStream<Notice>.Continuation?

    package init(
        configuration: ReaderConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.clock = ElapsedClock(clock)
        self.logger = logger
        machine = SupervisorMachine(configuration: configuration)
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// Runs readers until the task is cancelled, then ends the last one and returns. To be called once.
    package func run() async {
        let (stream, notices) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .bufferingNewest(4))
        self.notices = notices
        perform(machine.start(at: clock.now()))
        await withTaskCancellationHandler {
            // The stream must outlive the cancellation that it carries, hence a task of its own to listen to it.
            await Task {
                for await notice in stream {
                    switch notice {
                    case .stop: perform(machine.stop(at: clock.now()))
                    case .finished: return
                    }
                }
            }.value
        } onCancel: {
            notices.yield(.stop)
        }
        timer?.task.cancel()
        sink.finish()
    }

    private func heard(_ piece: LineSplitter.Piece) {
        guard case .line(let text) = piece else { return ignore("it is longer than a line may be", line: nil) }
        guard let line = ReaderLine(text) else { return ignore("it is not of the protocol", line: text) }
        let actions = machine.received(line, at: clock.now(), monotonicNow: MonotonicTime.nanoseconds())
        perform(actions, line: text)
    }

    private func perform(_ actions: [SupervisorMachine.Action], line: String? = nil) {
        for action in actions {
            switch action {
            case .launch: launch()
            case .closeInput: requests?.yield(.closeInput)
            case .kill: requests?.yield(.kill)
            case .emit(let event): emit(event)
            case .ignored(let reason): ignore(reason, line: line)
            case .finish: notices?.yield(.finished)
            }
        }
        armTimer()
    }

    private func launch() {
        let process = ReaderProcess(command: configuration.command, logger: logger, clock: clock)
        let (stream, requests) = AsyncStream.makeStream(of: ReaderProcess.Request.self, bufferingPolicy: .unbounded)
        self.requests = requests
        logger.debug("Starting the reader", metadata: ["command": "\(configuration.command)"])
        // Not a child task of run(): its cancellation asks the reader to end, and must not tear it down first.
        child = Task {
            let end = await process.run(requests: stream) { await self.heard($0) }
            self.requests = nil
            logger.debug("The reader ended", metadata: ["end": "\(end)"])
            perform(machine.ended(end, at: clock.now()))
        }
    }

    /// Sees to it that the machine ticks at its deadline. A timer that rings too early does no harm, so one is replaced
    /// only when the deadline moves forward: heartbeats, which move it back, cost nothing.
    private func armTimer() {
        guard let deadline = machine.deadline else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = Task {
            try? await clock.sleep(deadline)
            guard !Task.isCancelled else { return }
            timer = nil
            perform(machine.tick(at: clock.now()))
        }
        timer = (deadline, task)
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

    private func ignore(_ reason: String, line: String?) {
        guard let suppressed = warnings.pass(at: clock.now()) else { return }
        logger.warning(
            "Ignored a line of the reader",
            metadata: ["reason": "\(reason)", "line": "\(line ?? "")", "suppressed": "\(suppressed)"]
        )
    }
}
