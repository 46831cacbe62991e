import CLinux
package import Logging
import Synchronization
import Threads

/// Plays files: one at a time, each followed by a prepared one without a gap.
///
/// All commands return at once and may come from any thread. They go into a mailbox where a load or a stop discards
/// everything before it, so however many come, the last one wins and nothing piles up.
package final class AudioEngine: Sendable {
    /// What happens, for one reader. Bounded: of a reader that falls 256 events behind the oldest are dropped.
    package let events: AsyncStream<AudioEvent>

    private let continuation: AsyncStream<AudioEvent>.Continuation
    private let configuration: AudioConfiguration
    private let logger: Logger
    private let link: OutputLink
    private let volume: VolumeControl
    private let mailbox: Mailbox
    private let threads = Mutex<[WorkerThread]>([])

    package init(configuration: AudioConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        link = OutputLink()
        volume = VolumeControl(link: link)
        mailbox = Mailbox(wakeup: link.decoderWakeup)
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// Starts the threads. Never fails for want of a device: what is missing is reported as an event and taken into
    /// use when it appears.
    package func start() throws {
        threads.withLock { threads in
            guard threads.isEmpty, !mailbox.isClosed else { return }
            threads = [
                WorkerThread(name: "audio-out") { [link, configuration] in
                    var output = OutputThread(link: link, configuration: configuration)
                    output.run()
                },
                WorkerThread(name: "decoder") { [link, mailbox, configuration, logger, continuation] in
                    let decoder = DecoderThread(
                        link: link,
                        mailbox: mailbox,
                        configuration: configuration,
                        logger: logger,
                        emit: { continuation.yield($0) }
                    )
                    decoder.run()
                },
            ]
            guard !configuration.mixer.isEmpty, !configuration.isSilent else { return }
            threads.append(
                WorkerThread(name: "mixer") { [volume, configuration, logger] in
                    MixerThread(volume: volume, configuration: configuration, logger: logger).run()
                }
            )
        }
    }

    /// Fades out, closes the device, ends the threads and the stream of events. Blocks until that is done: half a second
    /// at most, unless a file or a device hangs in the kernel.
    package func shutdown() {
        mailbox.close()
        volume.close()
        let threads = threads.withLock { threads in
            let running = threads
            threads = []
            return running
        }
        for thread in threads.reversed() { thread.join() }
        continuation.finish()
    }

    // MARK: Commands

    /// Plays a file from a position; what sounds is faded out.
    package func load(_ request: PlayRequest) {
        mailbox.post(.load(request))
    }

    /// Names what follows the current request without a gap, in place of what was named before; nil takes that back.
    /// Both are possible until its first frame enters the device; then a newly named one follows it instead. Without a
    /// current request there is nothing to follow, and the call has no effect.
    package func prepareNext(_ request: PlayRequest?) {
        mailbox.post(.prepare(request))
    }

    package func pause() {
        mailbox.post(.pause)
    }

    package func resume() {
        mailbox.post(.resume)
    }

    package func stop() {
        mailbox.post(.stop)
    }

    /// Goes to a place of the current request, playing or paused.
    package func seek(toMs ms: Int) {
        mailbox.post(.seek(ms: ms))
    }

    /// Sets the volume: 0...100 on a cubic curve (100 is 0 dB, 50 is -18 dB).
    package func setVolume(_ percent: Int, muted: Bool) {
        volume.set(percent: min(max(percent, 0), 100), muted: muted)
    }

    /// Lets the sound fade to silence, which then stays, whatever is played; nil brings it back. Equal steps of the volume
    /// take equal times.
    package func fade(overMs: Int?) {
        link.setFade(overMs: overMs)
    }

    /// How fast files play, 0.5...2, with their pitch kept. Positions stay those of the file.
    package func setSpeed(_ speed: Double) {
        mailbox.post(.speed(min(max(speed, 0.5), 2)))
    }

    // MARK: State

    /// What is heard now; nil when nothing is loaded. Lock-free.
    package var position: PlaybackPosition? {
        link.board.position(at: clinux_monotonic_ns())
    }

    package var statistics: AudioStatistics {
        let rate = link.rate.load(ordering: .relaxed)
        let source = link.resampledFromRate.load(ordering: .relaxed)
        func milliseconds(_ frames: Int) -> Int { rate > 0 ? frames * 1000 / rate : 0 }
        return AudioStatistics(
            xruns: link.xruns.load(ordering: .relaxed),
            underfeeds: link.underfeeds.load(ordering: .relaxed),
            decodeErrors: link.decodeErrors.load(ordering: .relaxed),
            bufferFillMs: milliseconds(link.ring.fill),
            deviceDelayMs: milliseconds(link.deviceDelayFrames.load(ordering: .relaxed)),
            resampledFromRate: source > 0 ? source : nil,
            isRealtime: link.isRealtime.load(ordering: .relaxed),
            output: link.outputState.withLock { $0 },
            mixer: volume.report
        )
    }
}
