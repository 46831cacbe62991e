import CLinux
import Logging
import Synchronization

/// The `decoder` thread. It owns every FFmpeg handle and decides what enters the ring: it takes commands from the
/// mailbox, decodes in big batches (about 2 s at a time, then it sleeps), and relays what the output reports as events.
/// It blocks on files only; newer loads and stops interrupt that.
final class DecoderThread {
    private let link: OutputLink
    private let mailbox: Mailbox
    private let interrupt: Interrupt
    private let emit: (AudioEvent) -> Void
    private let logger: Logger

    private var transport = TransportWord(isPlaying: false, epoch: 0, start: 0)
    private var serial: UInt32 = 1
    private var converter: FrameConverter
    /// What is heard, or will be.
    private var current: Track?
    /// What follows it.
    private var next: Track?
    /// Prepared when `next` could no longer be replaced.
    private var afterNext: PlayRequest?
    /// The track whose source is decoded.
    private var feeding = Feeding.nothing
    /// The marker that opens the frames to come, made when the first of them is there.
    private var opening: Marker.Kind?
    /// The last request of which a start was told.
    private var announced: UInt64?
    private var xrunsLogged: UInt64 = 0

    private enum Feeding {
        case nothing
        case current
        case next
    }

    private enum Progress {
        /// Worked; there may be more.
        case some
        /// The ring is full.
        case full
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
            case .idle:
                if !mailbox.hasWork, link.notices.isEmpty { link.decoderWakeup.wait() }
            }
        }
        discard(playing: false)
        link.close()
    }

    // MARK: Commands

    private func carryOut(_ wishes: Wishes) {
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

    private func load(_ request: PlayRequest) {
        // What sounds fades while the file is opened.
        discard(playing: !request.startPaused)
        next = nil
        afterNext = nil
        current = Track(request)
        opening = .load
        do throws(AudioError) {
            let source = try AudioSource(path: request.path, interrupt: interrupt)
            if request.positionMs > 0 { try source.seek(to: samples(request.positionMs, source)) }
            current?.source = source
            current?.durationMs = durationMs(of: source)
            feeding = .current
        } catch {
            fail(request, error)
            current = nil
        }
    }

    private func setPlaying(_ isPlaying: Bool) {
        guard transport.isPlaying != isPlaying else { return }
        transport.isPlaying = isPlaying
        link.setTransport(transport)
    }

    private func seek(toMs ms: Int) {
        guard current?.isHeardOut == false else { return }
        restart(atMs: ms, as: .seek)
    }

    /// Goes on with the current track from another place. The sound goes on until that place is found.
    private func restart(atMs ms: Int, as kind: Marker.Kind) {
        guard let track = current else { return }
        do throws(AudioError) {
            let source: AudioSource
            if let open = track.source {
                source = open
            } else {
                source = try AudioSource(path: track.request.path, interrupt: interrupt)
            }
            try source.seek(to: samples(ms, source))
            discard(playing: transport.isPlaying)
            current?.source = source
            current?.durationMs = durationMs(of: source)
            current?.isDecoded = false
            opening = kind
            feeding = .current
        } catch {
            guard error.code != .interrupted else { return }
            discard(playing: false)
            fail(track.request, error)
            current = nil
            next = nil
            return
        }
        // What had been decoded of the successor went with the ring.
        if let next { self.next = Track(next.request) }
    }

    private func prepare(_ request: PlayRequest) {
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
    private func takeBackNext() -> Bool {
        afterNext = nil
        guard let track = next else { return true }
        if let boundary = track.boundary {
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
    private func discard(playing: Bool) {
        converter.reset()
        feeding = .nothing
        opening = nil
        transport = TransportWord(isPlaying: playing, epoch: transport.epoch &+ 1, start: link.ring.writeIndex)
        link.setTransport(transport)
    }

    private func fail(_ request: PlayRequest, _ error: AudioError) {
        guard error.code != .interrupted else { return }
        logger.warning("a file cannot be played", metadata: ["request": "\(request.id)", "error": "\(error.message)"])
        emit(.failed(request: request.id, error))
    }

    // MARK: Decoding

    /// Decodes until the ring is full, everything is decoded, or something else is to be done.
    private func decodeBatch() -> Progress {
        while true {
            if mailbox.hasWork || !link.notices.isEmpty { return .some }
            guard flush() else { return .full }
            if feeding == .nothing {
                guard beginNext() else { return converter.count > 0 ? .some : .idle }
            }
            guard ahead < link.ring.highWater(rate: converter.outputRate), hasPlaceForMarkers else {
                return .full
            }
            do throws(AudioError) {
                try decode()
            } catch {
                abandon(error)
            }
        }
    }

    /// Frames in the ring that will be played: not those that wait to be discarded.
    private var ahead: Int {
        let end = link.ring.writeIndex
        let start = max(link.ring.readIndex, transport.start)
        return end > start ? Int(end - start) : 0
    }

    private var hasPlaceForMarkers: Bool { link.markers.free >= 4 }

    /// Moves what waits in the converter into the ring; false if not all of it fits.
    private func flush() -> Bool {
        guard converter.count > 0 else { return true }
        converter.consume(link.ring.write(converter.samples, count: converter.count))
        wakeOutput()
        return converter.count == 0
    }

    private func wakeOutput() {
        if link.outputIsHungry.exchange(false, ordering: .sequentiallyConsistent) { link.outputWakeup.signal() }
    }

    private var fed: Track? {
        switch feeding {
        case .nothing: nil
        case .current: current
        case .next: next
        }
    }

    private func decode() throws(AudioError) {
        guard let track = fed, let source = track.source else {
            feeding = .nothing
            return
        }
        let errorsBefore = source.errors
        let step = try source.advance()
        if source.errors > errorsBefore { link.decodeErrors.add(source.errors - errorsBefore, ordering: .relaxed) }
        switch step {
        case .samples:
            if let kind = opening { open(kind, track: track, source: source) }
            while source.offset < source.count {
                let taken = try converter.convert(
                    source.frame,
                    offset: source.offset,
                    count: source.count - source.offset,
                    path: track.request.path
                )
                source.consume(taken)
            }
            link.resampledFromRate.store(converter.isResampling ? converter.inputRate ?? 0 : 0, ordering: .relaxed)
        case .end: try finish(track, source)
        }
    }

    /// Makes the marker in front of a track's first frames.
    private func open(_ kind: Marker.Kind, track: Track, source: AudioSource) {
        opening = nil
        if !converter.accepts(source.frame) { converter.drain() }
        let index = link.ring.writeIndex + UInt64(converter.count + converter.latency)
        if kind == .join { next?.boundary = (index, serial) }
        push(marker(kind, track: track, index: index, position: source.position, source: source))
    }

    private func marker(
        _ kind: Marker.Kind,
        track: Track,
        index: UInt64,
        position: Int64,
        source: AudioSource
    ) -> Marker {
        let rate = Int64(converter.outputRate)
        return Marker(
            kind: kind,
            epoch: transport.epoch,
            serial: serial,
            request: track.request.id,
            index: index,
            position: position * rate / Int64(source.rate),
            duration: source.duration.map { $0 * rate / Int64(source.rate) } ?? -1,
            rate: Int32(rate)
        )
    }

    private func push(_ marker: Marker) {
        serial &+= 1
        // There is room: `decodeBatch` sees to it.
        _ = link.markers.push(marker)
        wakeOutput()
    }

    /// Some files have a damaged packet or two behind a cut or in front of a trailer: that is nobody's concern.
    private static let tolerableErrors = 7

    /// The source of a track has no more samples.
    private func finish(_ track: Track, _ source: AudioSource) throws(AudioError) {
        if source.errors > Self.tolerableErrors {
            let error = AudioError(
                code: .damaged,
                message: "\(quoted(track.request.path)) is damaged: \(source.errors) pieces of it were skipped"
            )
            logger.warning("a file is damaged", metadata: ["request": "\(track.request.id)", "error": "\(error.message)"])
            emit(.damaged(request: track.request.id, error))
        }
        if let kind = opening {
            // Nothing came. After a seek that is the end; a file without sound is an error.
            guard kind != .join, track.request.positionMs > 0 || kind != .load else {
                throw AudioError(
                    code: .notAudio,
                    message: "cannot play \(quoted(track.request.path)): there is no sound in it"
                )
            }
            opening = nil
            let end = source.duration ?? source.position
            push(marker(kind, track: track, index: link.ring.writeIndex, position: end, source: source))
        }
        // A successor of the same kind goes through the same resampler, so that not even its filter is interrupted.
        let joins = feeding == .current && next?.source.map { converter.accepts($0.frame) } ?? false
        if !joins { converter.drain() }
        let index = link.ring.writeIndex + UInt64(converter.count + converter.latency)
        push(marker(.end, track: track, index: index, position: source.position, source: source))
        switch feeding {
        case .current:
            current?.source = nil
            current?.isDecoded = true
        case .next:
            next?.source = nil
            next?.isDecoded = true
        case .nothing: break
        }
        feeding = .nothing
    }

    /// Begins to decode the successor behind the current track; false if there is none to begin with.
    private func beginNext() -> Bool {
        guard let track = current, track.isDecoded, let next, !next.isDecoded else { return false }
        if next.source == nil { openNext() }
        guard self.next?.source != nil else { return false }
        feeding = .next
        opening = .join
        return true
    }

    private func openNext() {
        guard let track = next, track.source == nil else { return }
        do throws(AudioError) {
            let source = try AudioSource(path: track.request.path, interrupt: interrupt)
            if track.request.positionMs > 0 { try source.seek(to: samples(track.request.positionMs, source)) }
            next?.source = source
            next?.durationMs = durationMs(of: source)
        } catch {
            dropNext(error)
        }
    }

    /// What is being decoded cannot be decoded further.
    private func abandon(_ error: AudioError) {
        guard error.code != .interrupted else { return }
        switch feeding {
        case .current:
            guard let track = current else { break }
            fail(track.request, error)
            // What was decoded is heard to its end.
            converter.drain()
            if let source = track.source, opening == nil {
                let index = link.ring.writeIndex + UInt64(converter.count)
                push(marker(.end, track: track, index: index, position: source.position, source: source))
            }
            current = nil
            next = nil
            afterNext = nil
        case .next:
            feeding = .nothing
            dropNext(error)
        case .nothing: break
        }
        feeding = .nothing
        opening = nil
    }

    private func dropNext(_ error: AudioError) {
        guard let track = next, error.code != .interrupted else { return }
        fail(track.request, error)
        if track.boundary == nil {
            next = nil
            if let current, current.isHeardOut { finishCurrent(current) }
        } else {
            next?.source = nil
            next?.isDecoded = true
        }
    }

    // MARK: What the output reports

    private func relay() {
        while let notice = link.notices.pop() {
            switch notice.kind {
            case .started: announceStart(notice)
            case .entered:
                guard notice.epoch == transport.epoch, let track = next, track.request.id == notice.request else {
                    break
                }
                enterNext(track)
                announceStart(notice)
            case .paused:
                guard current?.request.id == notice.request else { break }
                emit(.paused(request: notice.request, positionMs: Int(notice.microseconds / 1000)))
            case .seeked:
                guard notice.epoch == transport.epoch, current?.request.id == notice.request else { break }
                emit(.seeked(request: notice.request, positionMs: Int(notice.microseconds / 1000)))
            case .finished:
                guard notice.epoch == transport.epoch, let track = current, track.request.id == notice.request else {
                    break
                }
                current?.isHeardOut = true
                // One that came too late for a seamless join still follows.
                if next == nil { finishCurrent(track) }
            case .output: outputChanged(notice)
            case .xrun: logXrun(notice.value)
            }
        }
    }

    private func announceStart(_ notice: Notice) {
        guard let track = current, track.request.id == notice.request, announced != notice.request else { return }
        announced = notice.request
        emit(
            .started(request: notice.request, durationMs: track.durationMs, firstWriteNanoseconds: notice.value)
        )
    }

    private func enterNext(_ track: Track) {
        current = track
        current?.boundary = nil
        next = nil
        if feeding == .next { feeding = .current }
        if let request = afterNext {
            afterNext = nil
            prepare(request)
        }
    }

    private func finishCurrent(_ track: Track) {
        current = nil
        emit(.finished(request: track.request.id))
    }

    private func outputChanged(_ notice: Notice) {
        let state = link.outputState.withLock { $0 }
        switch state {
        case .starting: break
        case .playing(let output):
            logger.info(
                "audio output opened",
                metadata: [
                    "device": "\(output.device)", "rate": "\(output.rate)", "format": "\(output.format)",
                    "channels": "\(output.channels)", "period": "\(output.periodFrames)",
                    "buffer": "\(output.bufferFrames)",
                    "realtime": "\(link.isRealtime.load(ordering: .relaxed))",
                ]
            )
        case .silent(let reason): logger.warning("no audio output, playing silently", metadata: ["reason": "\(reason)"])
        case .lost(let reason): logger.warning("audio output lost, holding", metadata: ["reason": "\(reason)"])
        }
        emit(.output(state))
        let rate = Int(notice.value)
        guard rate > 0, rate != converter.outputRate else { return }
        // What is in the ring is of no use at this rate.
        converter = FrameConverter(outputRate: rate)
        guard let track = current else { return }
        let heardMs = notice.request == track.request.id ? Int(notice.microseconds / 1000) : track.request.positionMs
        restart(atMs: heardMs, as: .retune)
    }

    private func logXrun(_ count: UInt64) {
        // Rare ones one by one, many by their powers.
        guard count <= 3 || count >= xrunsLogged * 2 else { return }
        xrunsLogged = count
        logger.warning("the audio device ran dry", metadata: ["xruns": "\(count)"])
    }

    // MARK: Units

    private func samples(_ ms: Int, _ source: AudioSource) -> Int64 {
        let wanted = Int64(max(0, ms)) * Int64(source.rate) / 1000
        return source.duration.map { min(wanted, $0) } ?? wanted
    }

    private func durationMs(of source: AudioSource) -> Int? {
        source.duration.map { Int($0 * 1000 / Int64(source.rate)) }
    }
}
