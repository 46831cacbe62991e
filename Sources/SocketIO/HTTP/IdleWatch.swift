import NIOCore

/// Notices when nothing happens on a connection for too long. Confined to its event loop.
final class IdleWatch {
    private let timeout: TimeAmount
    private var eventLoop: (any EventLoop)?
    private var lastActivity: NIODeadline = .distantPast
    private var timer: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    /// - Parameter onSilence: Called when nothing has happened for the whole timeout; false goes on watching.
    func start(on eventLoop: any EventLoop, onSilence: @escaping () -> Bool) {
        self.eventLoop = eventLoop
        activity()
        schedule(on: eventLoop, at: lastActivity + timeout, onSilence)
    }

    /// Something has happened.
    func activity() {
        lastActivity = eventLoop?.now ?? lastActivity
    }

    func stop() {
        timer?.cancel()
        timer = nil
        eventLoop = nil
    }

    private func schedule(on eventLoop: any EventLoop, at deadline: NIODeadline, _ onSilence: @escaping () -> Bool) {
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard self.eventLoop != nil else { return }
            if self.lastActivity + self.timeout <= eventLoop.now, onSilence() { return }
            self.schedule(on: eventLoop, at: max(self.lastActivity, eventLoop.now) + self.timeout, onSilence)
        }
    }
}
