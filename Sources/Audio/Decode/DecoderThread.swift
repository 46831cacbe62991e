import CLinux
import Logging
import Synchronization
import Threads

/// The `decoder` thread. It owns every FFmpeg handle and decides what enters the ring: it takes commands from the
/// mailbox, decodes in big batches (about 2 s at a time, then it sleeps), and relays what the output reports as events.
/// It blocks on files only; newer loads and stops interrupt that.
final class DecoderThread {
    let link: OutputLink
    let mailbox: Mailbox
    let interrupt: Interrupt
    let emit: (AudioEvent) -> Void
    let logger: Logger

    var transport = TransportWord(isPlaying: false, epoch: 0, start: 0)
    var serial: UInt32 = 1
    var converter: FrameConverter
    /// What is heard, or will be.
    var current: Track?
    /// What follows it.
    var next: Track?
    /// Prepared when `next` could no longer be replaced.
    var afterNext: PlayRequest?
    /// The track whose source is decoded.
    var feeding = Feeding.nothing
    /// The marker that opens the frames to come, made when the first of them is there.
    var opening: Marker.Kind?
    /// The last request of which a start was told.
    var announced: UInt64?
    /// It was told that a stream is waited for.
    var isBuffering = false
    var xrunLog = XrunLog()
    let crossfadeMs: Int
    /// The end of the current track, from when it was decoded until the next one is heard.
    var crossfade: Crossfade?

    enum Feeding {
        case nothing
        case current
        case next
    }

    enum Progress {
        /// Worked; there may be more.
        case some
        /// The ring is full.
        case full
        /// The network has to bring more first.
        case waiting
        /// There is nothing to decode.
        case idle
    }

    init(
        link: OutputLink,
        mailbox: Mailbox,
        configuration: AudioConfiguration,
        logger: Logger,
        emit: @escaping (AudioEvent) -> Void
    ) {
        self.link = link
        self.mailbox = mailbox
        self.emit = emit
        self.logger = logger
        interrupt = Interrupt(mailbox: mailbox)
        crossfadeMs = configuration.crossfadeMs
        converter = FrameConverter(outputRate: configuration.sampleRate)
    }

    /// The thread's body.
    func run() {
        // A tap waits for this thread, so it goes before bulk work where the system allows that.
        _ = clinux_request_nice(-10)
        if !mailbox.hasWork { FFmpegLibrary.warmUp() }
        while !mailbox.isClosed {
            relay()
            carryOut(mailbox.take())
            switch decodeBatch() {
            case .some: break
            case .full:
                link.decoderIsFull.store(true, ordering: .sequentiallyConsistent)
                // Frames may have been read between the look at the ring and the store.
                if link.ring.free > 0, ahead < link.ring.lowWater(rate: converter.outputRate), hasPlaceForMarkers {
                    break
                }
                link.decoderWakeup.wait()
                link.decoderIsFull.store(false, ordering: .relaxed)
            case .waiting:
                if !mailbox.hasWork, link.notices.isEmpty { link.decoderWakeup.wait(milliseconds: 100) }
            case .idle:
                if !mailbox.hasWork, link.notices.isEmpty { link.decoderWakeup.wait() }
            }
        }
        discard(playing: false)
        link.close()
    }

    // MARK: Commands

    func carryOut(_ wishes: Wishes) {
        if let speed = wishes.speed { setSpeed(speed, restarting: wishes.start == nil) }
        switch wishes.start {
        case .load(let request): load(request)
        case .stop:
            discard(playing: false)
            current = nil
            next = nil
            afterNext = nil
        case nil: break
        }
        if let isPlaying = wishes.isPlaying, current != nil { setPlaying(isPlaying) }
        if let ms = wishes.seekMs { seek(toMs: ms) }
        switch wishes.successor {
        case .prepare(let request): prepare(request)
        case .takeBack: takeBackNext()
        case nil: break
        }
    }

    func load(_ request: PlayRequest) {
        let open = openSource(for: request)
        // What sounds fades while the file is opened.
        discard(playing: !request.startPaused)
        next = nil
        afterNext = nil
        current = Track(request)
        opening = .load
        if request.isStream {
            current?.stream = connect(request)
            feeding = .current
            return
        }
        do throws(AudioError) {
            let source: AudioSource
            if let open {
                source = open
                try source.turn(to: request.part, positionMs: request.positionMs)
            } else {
                source = try makeSource(request)
            }
            current?.source = source
            current?.durationMs = source.durationMs
            feeding = .current
        } catch {
            fail(request, error)
            current = nil
        }
    }

    func makeSource(_ request: PlayRequest) throws(AudioError) -> AudioSource {
        try AudioSource(
            path: request.path,
            part: request.part,
            positionMs: request.positionMs,
            interrupt: interrupt
        )
    }

    /// From chapter to chapter the file stays open: a long one takes its time to be opened.
    private func openSource(for request: PlayRequest) -> AudioSource? {
        guard request.part != nil else { return nil }
        return [current?.source, next?.source].compactMap { $0 }.first { $0.file.path == request.path }
    }

    /// - Parameter restarting: what was decoded at the old speed is decoded anew.
    private func setSpeed(_ speed: Double, restarting: Bool) {
        guard speed != converter.speed else { return }
        let before = converter.speed
        converter.speed = speed
        guard restarting, let track = current, !track.isHeardOut else { return }
        var ms = track.request.positionMs
        if let heard = link.board.position(at: clinux_monotonic_ns()), heard.request == track.request.id {
            // What the device has taken and does not give back is heard at the old speed still.
            let taken = link.committedFrames.load(ordering: .relaxed) * 1000 / converter.outputRate
            ms = heard.positionMs + Int(Double(taken) * before)
        }
        restart(atMs: ms, as: .retune)
    }

    func setPlaying(_ isPlaying: Bool) {
        guard transport.isPlaying != isPlaying else { return }
        transport.isPlaying = isPlaying
        link.setTransport(transport)
    }

    func seek(toMs ms: Int) {
        guard current?.isHeardOut == false else { return }
        restart(atMs: ms, as: .seek)
    }

    /// Goes on with the current track from another place. The sound goes on until that place is found.
    func restart(atMs ms: Int, as kind: Marker.Kind) {
        guard let track = current else { return }
        defer {
            // What had been decoded of the successor went with the ring.
            if current != nil, let next { self.next = Track(next.request) }
        }
        guard track.stream == nil else { return restartStream(track, atMs: ms, as: kind) }
        do throws(AudioError) {
            let source: AudioSource
            if let open = track.source ?? openSource(for: track.request) {
                source = open
                try source.turn(to: track.request.part, positionMs: ms)
            } else {
                var request = track.request
                request.positionMs = ms
                source = try makeSource(request)
            }
            discard(playing: transport.isPlaying)
            current?.source = source
            current?.durationMs = source.durationMs
            current?.isDecoded = false
            opening = kind
            feeding = .current
        } catch {
            guard error.code != .interrupted else { return }
            discard(playing: false)
            fail(track.request, error)
            current = nil
            next = nil
        }
    }

    func prepare(_ request: PlayRequest) {
        guard let track = current, !track.isHeardOut else {
            logger.debug(
                "nothing is playing that a prepared request could follow",
                metadata: ["request": "\(request.id)"]
            )
            return
        }
        guard takeBackNext() else {
            afterNext = request
            return
        }
        next = Track(request)
        openNext()
    }

    /// False if the successor's first frame is already on its way to the device.
    @discardableResult
    func takeBackNext() -> Bool {
        afterNext = nil
        guard let track = next else { return true }
        if let crossfade, !crossfade.isPast, let pairing = crossfade.pairing {
            guard takeBack(pairing) else { return false }
        } else if let boundary = track.boundary {
            let made = link.ring.writeIndex + UInt64(converter.count)
            if boundary.index >= link.ring.writeIndex {
                converter.truncate(to: Int(boundary.index - link.ring.writeIndex))
                // The resampler held the end of the track before; a hair of silence stands in for it.
                let missing = boundary.index > made ? Int(boundary.index - made) : 0
                link.cancelMarkers(boundary.serial, serial)
                if missing > 0 { converter.pad(missing) }
            } else {
                guard link.ring.retract(to: boundary.index) else { return false }
                link.cancelMarkers(boundary.serial, serial)
                converter.reset()
            }
        }
        next = nil
        if feeding == .next { feeding = .nothing }
        return true
    }

    /// Drops everything that was decoded and not heard.
    func discard(playing: Bool) {
        converter.reset()
        crossfade = nil
        feeding = .nothing
        opening = nil
        isBuffering = false
        transport = TransportWord(isPlaying: playing, epoch: transport.epoch &+ 1, start: link.ring.writeIndex)
        link.setTransport(transport)
    }

    func fail(_ request: PlayRequest, _ error: AudioError) {
        guard error.code != .interrupted else { return }
        logger.warning("a file cannot be played", metadata: ["request": "\(request.id)", "error": "\(error.message)"])
        emit(.failed(request: request.id, error))
    }
}
