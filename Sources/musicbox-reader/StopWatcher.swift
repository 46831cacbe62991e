import Glibc
import NFCTag
import Synchronization

/// Waits for the end of standard input and for SIGTERM or SIGINT, and sees to it that the process ends.
///
/// Two threads of its own, one blocked in `read` and one in `sigwait`, because a libnfc call can hang for minutes or
/// for ever and then nothing else could act. They never touch the device but through ``Interrupter``. The first that
/// wakes asks the poll loop to stop; a loop that has not ended the process after 150 ms gets its libnfc call aborted,
/// and after 400 ms the process ends here.
final class StopWatcher: Sendable {
    private let requested = Atomic(false)
    /// Read end of a pipe that becomes readable when a stop is requested, so that a pause can be cut short.
    private let wakeReader: CInt
    private let wakeWriter: CInt
    private let interrupter: Interrupter

    /// Takes over the signals for all threads started later and starts watching.
    ///
    /// To be called first, on the main thread: a signal that arrives before it ends the process at once.
    init(interrupter: Interrupter) {
        self.interrupter = interrupter
        var ends: [CInt] = [-1, -1]
        pipe(&ends)
        (wakeReader, wakeWriter) = (ends[0], ends[1])
        signal(SIGPIPE, SIG_IGN)
        var mask = Self.signals
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        start { $0.waitForSignal() }
        start { $0.waitForEndOfInput() }
    }

    var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Pauses until `deadline` (CLOCK_MONOTONIC, nanoseconds) or until a stop is requested.
    func pause(until deadline: UInt64, now: UInt64) {
        guard deadline > now else { return }
        var descriptor = pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)
        poll(&descriptor, 1, CInt(clamping: (deadline - now + 999_999) / 1_000_000))
    }

    private static var signals: sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGTERM)
        sigaddset(&mask, SIGINT)
        return mask
    }

    private func waitForSignal() {
        var mask = Self.signals
        var received: CInt = 0
        while sigwait(&mask, &received) != 0 {}
        end()
    }

    private func waitForEndOfInput() {
        // What is written to a reader means nothing; only its end does.
        var ignored: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let count = read(STDIN_FILENO, &ignored, MemoryLayout.size(ofValue: ignored))
            if count == 0 || (count < 0 && errno != EINTR) { break }
        }
        end()
    }

    private func end() {
        guard !requested.exchange(true, ordering: .relaxed) else { return }
        write(wakeWriter, "x", 1)
        usleep(150_000)
        interrupter.abort()
        usleep(250_000)
        _exit(0)
    }

    private func start(_ body: @escaping @Sendable (StopWatcher) -> Void) {
        let job = ThreadJob(watcher: self, body: body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 128 * 1024)
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            &attributes,
            { context in
                guard let context else { return nil }
                let job = Unmanaged<ThreadJob>.fromOpaque(context).takeRetainedValue()
                job.body(job.watcher)
                return nil
            },
            Unmanaged.passRetained(job).toOpaque()
        )
        pthread_attr_destroy(&attributes)
        // Without the watcher the process might never end; better no reader for now than one that cannot be stopped.
        if result != 0 { _exit(ReaderExit.lost) }
    }
}

/// What a new thread needs, as one reference that fits through `pthread_create`.
private final class ThreadJob: Sendable {
    let watcher: StopWatcher
    let body: @Sendable (StopWatcher) -> Void

    init(watcher: StopWatcher, body: @escaping @Sendable (StopWatcher) -> Void) {
        self.watcher = watcher
        self.body = body
    }
}
