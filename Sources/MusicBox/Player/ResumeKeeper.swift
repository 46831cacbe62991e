import CLinux
import FoundationEssentials
import Logging
import MusicLibrary
import NFC
import Synchronization
import Threads

/// The `resume` thread: notes every two seconds where what plays is heard, so that a power cut costs no more than that.
///
/// It reads the position where the engine leaves it and writes one block. On the way that everything else takes (alarm,
/// inbox, database) each of these notes woke five threads, and all of them together took a fifth of what playing takes.
final class ResumeKeeper: Sendable {
    struct Playing: Sendable, Equatable {
        /// The sound engine's: the position of any other request is not this track's.
        let request: UInt64
        /// What the database was told last of the playlist, of the same track.
        let base: ResumePoint
    }

    private let sound: any SoundEngine
    private let time: any TimeSource
    private let interval: UInt64
    private let logger: Logger
    private let file: Mutex<ResumeFile>
    private let playing = Mutex<Playing?>(nil)
    private let isClosing = Atomic(false)
    private let wakeup = Wakeup()
    private let complaints = Mutex(RateLimit(limit: 1, per: .seconds(60)))

    init(
        directory: StorageDirectory,
        sound: any SoundEngine,
        time: any TimeSource,
        interval: Duration = .seconds(2),
        logger: Logger
    ) {
        self.sound = sound
        self.time = time
        self.interval = UInt64(max(0, interval / .nanoseconds(1)))
        self.logger = logger
        file = Mutex(ResumeFile(directory))
    }

    /// What is to be noted from now on; nil: nothing.
    func follow(_ playing: Playing?) {
        let began = self.playing.withLock { current in
            defer { current = playing }
            return current == nil && playing != nil
        }
        if began { wakeup.signal() }
    }

    /// Notes until cancelled, on a thread of its own.
    func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = WorkerThread(name: "resume") {
                    self.keep()
                    continuation.resume()
                }
                thread.detach()
            }
        } onCancel: {
            isClosing.store(true, ordering: .releasing)
            wakeup.signal()
        }
    }

    private func keep() {
        while !isClosing.load(ordering: .acquiring) {
            guard playing.withLock({ $0 != nil }) else {
                wakeup.wait()
                continue
            }
            let due = clinux_monotonic_ns() + interval
            while !isClosing.load(ordering: .acquiring), case let now = clinux_monotonic_ns(), now < due {
                wakeup.wait(milliseconds: Int32((due - now) / 1_000_000 + 1))
            }
            note()
        }
    }

    /// Writes where the listener is at this moment.
    func note() {
        guard let playing = playing.withLock(\.self), let heard = sound.position, heard.request == playing.request
        else {
            return
        }
        var point = playing.base
        point.positionMs = heard.positionMs
        point.updatedAt = time.wallTime
        do {
            try file.withLock { try $0.write(point, onTopOf: playing.base.updatedAt) }
        } catch {
            complain(of: error)
        }
    }

    /// Once a minute: the log must not fill what is left of a full disk.
    private func complain(of error: any Error) {
        let now = Duration.nanoseconds(Int64(time.monotonicNanoseconds))
        guard complaints.withLock({ $0.pass(at: now) }) != nil else { return }
        logger.error("The position could not be noted", metadata: ["error": "\(error)"])
    }
}
