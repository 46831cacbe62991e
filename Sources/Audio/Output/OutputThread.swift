import CLinux
import Glibc
import Synchronization
import Threads

/// The `audio-out` thread. It opens the device and keeps it, takes frames from the ring, hands them to the device in
/// time, and knows which of them is heard. The decoder thread commands it through `OutputLink`; it never blocks on
/// anything but its device (at most 100 ms) and its wake-up, and its steady loop allocates nothing, takes no lock and
/// does not log. While nothing sounds it sleeps without a time limit, with the device prepared.
struct OutputThread: ~Copyable {
    let link: OutputLink
    let configuration: AudioConfiguration
    var mixer: Mixer
    var backoff = Backoff()
    /// The longest piece that is written at once. To a sound server each is a message.
    static let blockFrames = 16_384
    /// The longest piece that is rendered at once: it stays in the processor's first cache on its way to the device's format.
    static let sliceFrames = 1_024
    /// What is heard first of something new, in a second's parts: enough to be followed in time, and no more than that
    /// goes beyond the fill.
    static let openingShare = 50
    /// How much silence must be heard before the device is stopped, in a second's parts. Cards say that they have played what
    /// lies in a queue of their own still, and throw that away when they are stopped: QEMU's HDA up to 46 ms.
    static let restShare = 20
    let slice: UnsafeMutablePointer<Float>
    let encoded: UnsafeMutableRawPointer
    static let maximumBytesPerFrame = 32 * 4
    /// Encoded frames that the device did not take yet.
    var pendingFrames = 0
    var pendingOffset = 0
    var life: UInt32 = 0
    var lastNote = PositionBoard.Note()
    var lastMarker: Marker?
    var wasStarved = false

    /// Why the loop left a device.
    enum Departure {
        case closing
        case retry
        case lost(Loss)
    }

    enum Loss {
        case stuck
        /// ALSA's negated errno.
        case failed(Int32)
    }

    /// What to wait for.
    enum Pause {
        /// Most of the fill to be played, or something to tell.
        case room(milliseconds: Int32)
        /// Frames to come, or silence to be due.
        case frames(milliseconds: Int32)
        case failure(Int32)
    }

    init(link: OutputLink, configuration: AudioConfiguration) {
        self.link = link
        self.configuration = configuration
        mixer = Mixer(link: link, rate: configuration.sampleRate)
        slice = .allocate(capacity: Self.sliceFrames * FrameRing.channels)
        encoded = .allocate(byteCount: Self.blockFrames * Self.maximumBytesPerFrame, alignment: 16)
    }

    deinit {
        slice.deallocate()
        encoded.deallocate()
    }

    // MARK: The steady loop

    mutating func serve(_ device: inout OutputDevice) -> Departure {
        mixer.setRate(device.format.rate)
        var encoder = SampleEncoder(encoding: device.format.encoding, channels: min(device.format.channels, 32))
        pendingFrames = 0
        var progressAt = clinux_monotonic_ns()
        var progress = mixer.timeline.heard
        var closingSince: UInt64?

        while true {
            var now = clinux_monotonic_ns()
            var (code, level) = device.level(at: now)
            guard code >= 0 else {
                guard let departure = repair(&device, code) else { continue }
                return departure
            }
            listen(to: device, level, at: now)
            rewind(&device, &level)
            if link.isClosing {
                // What sounds is faded out first, if that is a matter of moments.
                let since = closingSince ?? now
                closingSince = since
                if !device.isRunning || now - since > 500_000_000 { return .closing }
            }
            if device.isSilent, now >= backoff.due { return .retry }

            if mixer.timeline.heard != progress || !device.isRunning {
                progress = mixer.timeline.heard
                progressAt = now
            } else if now - progressAt > 2_000_000_000 {
                return .lost(.stuck)
            }

            let activity = link.activity
            let pause = feed(&device, &encoder, level, at: now)
            now = clinux_monotonic_ns()
            switch pause {
            case .room(let milliseconds): _ = device.wait(milliseconds: milliseconds)
            case .frames(let milliseconds):
                // Set before the last look at the ring, so that frames that come now end the wait.
                link.outputIsHungry.store(true, ordering: .sequentiallyConsistent)
                if link.activity != activity { continue }
                // The wake-up of the close may have been taken before the fade-out it asks for was heard.
                if link.isClosing, !device.isRunning { return .closing }
                var limit = milliseconds
                if device.isSilent {
                    let retry = backoff.milliseconds(at: now)
                    limit = limit < 0 ? retry : min(limit, retry)
                }
                if !device.wait(milliseconds: limit), device.health != 0 {
                    guard let departure = repair(&device, device.health) else { continue }
                    return departure
                }
                link.outputIsHungry.store(false, ordering: .relaxed)
            case .failure(let code):
                guard let departure = repair(&device, code) else { continue }
                return departure
            }
        }
    }

    /// Learns what was heard, tells what is due, and posts the position.
    mutating func listen(to device: borrowing OutputDevice, _ level: OutputDevice.Level, at now: UInt64) {
        mixer.timeline.hear(delay: level.delay + pendingFrames)
        link.deviceDelayFrames.store(level.delay, ordering: .relaxed)
        link.committedFrames.store(level.delay - rewindable(device, level), ordering: .relaxed)
        if !device.isRunning, device.written == 0 { mixer.rest() }
        // The position first: who hears of a pause finds it standing.
        post(at: now, isRunning: device.isRunning)
        tellDue(at: now)
    }

    /// Hands over all the frames there are and there is room for: up to the fill, or beyond it when somebody waits to hear
    /// something else.
    mutating func feed(
        _ device: inout OutputDevice,
        _ encoder: inout SampleEncoder,
        _ level: OutputDevice.Level,
        at now: UInt64
    ) -> Pause {
        var room = level.room
        // By what is still to be heard: a server's room also grows by what it took and did not play yet.
        var fill = device.format.fillFrames - level.delay
        while true {
            if pendingFrames > 0 {
                let waiting = pendingFrames
                let code = flush(&device, encoder, at: now)
                if code < 0 { return .failure(code) }
                room -= waiting - pendingFrames
                fill -= waiting - pendingFrames
                if pendingFrames > 0 { room = 0 }
            }
            let urgency = mixer.urgency
            let allowance =
                switch urgency {
                case .none: min(room, fill)
                case .toOpen: min(room, device.format.rate / Self.openingShare)
                case .toClose: room
                }
            guard allowance > 0 else {
                wakeDecoder()
                // With even the reserve used up, every bit of room is used at once.
                let frames =
                    switch urgency {
                    case .none: min(device.format.refillFrames, mixer.timeline.framesUntilDue ?? .max)
                    case .toOpen, .toClose: 0
                    }
                let milliseconds = max(4, frames * 1000 / device.format.rate + 1)
                return start(&device, at: now) ?? .room(milliseconds: Int32(milliseconds))
            }
            let started = fillBlock(&encoder, limit: min(allowance, Self.blockFrames))
            guard pendingFrames > 0 else { break }
            wasStarved = false
            guard let marker = started else { continue }
            let frames = pendingFrames
            let writeTime = clinux_monotonic_ns()
            let code = flush(&device, encoder, at: writeTime)
            if code < 0 { return .failure(code) }
            room -= frames - pendingFrames
            fill -= frames - pendingFrames
            link.tell(Notice(kind: .started, epoch: marker.epoch, request: marker.request, value: writeTime))
        }
        // Frames were read, or a discard made room.
        wakeDecoder()
        if let pause = start(&device, at: now) { return pause }
        return idle(&device, encoder, room: room, at: now)
    }

    /// Renders up to `limit` frames in the device's format, as long as what is wanted stays the same. Returns the marker of a
    /// request whose first frames are the last slice's.
    mutating func fillBlock(_ encoder: inout SampleEncoder, limit: Int) -> Marker? {
        let urgency = mixer.urgency
        pendingOffset = 0
        repeat {
            let rendered = mixer.render(into: slice, limit: min(limit - pendingFrames, Self.sliceFrames))
            guard rendered.frames > 0 else { return nil }
            let target = encoded + pendingFrames * encoder.bytesPerFrame
            encoder.encode(slice, frames: rendered.frames, isExact: rendered.isExact, into: target)
            pendingFrames += rendered.frames
            if let marker = rendered.starts { return marker }
        } while pendingFrames < limit && mixer.urgency == urgency
        return nil
    }

    mutating func flush(_ device: inout OutputDevice, _ encoder: SampleEncoder, at now: UInt64) -> Int32 {
        let taken = device.write(
            encoded + pendingOffset * encoder.bytesPerFrame,
            frames: pendingFrames,
            at: now
        )
        guard taken >= 0 else { return Int32(taken) }
        pendingOffset += taken
        pendingFrames -= taken
        return 0
    }

    /// Starts a prepared device once enough is in it, or all there is. Returns an error.
    mutating func start(_ device: inout OutputDevice, at now: UInt64) -> Pause? {
        guard !device.isRunning, device.written > 0 else { return nil }
        guard device.written >= device.format.startFrames || mixer.isComplete else { return nil }
        let code = device.start(at: now)
        return code < 0 ? .failure(code) : nil
    }

    /// No frames to be had. Silence keeps the device from running dry while its last frames are heard (at an underrun
    /// some play stale data from their buffer); then it is stopped, ready for the next start.
    mutating func idle(
        _ device: inout OutputDevice,
        _ encoder: SampleEncoder,
        room: Int,
        at now: UInt64
    ) -> Pause {
        guard device.isRunning else {
            // A pause or a seek in silence: what it brought is due at once.
            if device.written == 0 { stand(at: now) }
            return .frames(milliseconds: -1)
        }
        let isStarved = mixer.isStarved
        let timeline = mixer.timeline.counts
        // A server's word for what is heard runs ahead of it by some milliseconds now and then: silence after the sound is
        // awaited too, or its last bit would be thrown away.
        let restAt = timeline.soundEnd + UInt64(device.format.rate / Self.restShare)
        if timeline.heard >= restAt {
            mixer.breakOff()
            let code = device.stop()
            guard code >= 0 else { return .failure(code) }
            stand(at: now)
            return .frames(milliseconds: -1)
        }
        let queued = Int(timeline.handed - timeline.heard)
        // In the middle of a track and before the first of a new place only what cannot be helped is padded: frames may
        // come any moment, and would be heard behind the silence.
        let isAwaited = isStarved || mixer.urgency == .toOpen
        let untilHeard = Int(restAt - timeline.heard)
        // What nobody takes away early need not be more than what is played until the stop.
        let rest = device.format.shareFrames > 0 ? Int.max : untilHeard + device.format.rate / 40
        let reserve = isAwaited ? device.format.stepFrames / 2 : min(2 * device.format.stepFrames, rest)
        if queued < reserve {
            let frames = min(room, reserve - queued, Self.blockFrames)
            if frames > 0 {
                if isStarved, !wasStarved {
                    wasStarved = true
                    link.underfeeds.add(1, ordering: .relaxed)
                }
                mixer.breakOff()
                memset(encoded, 0, frames * encoder.bytesPerFrame)
                mixer.handSilence(frames)
                pendingFrames = frames
                pendingOffset = 0
                let code = flush(&device, encoder, at: now)
                if code < 0 { return .failure(code) }
                if pendingFrames > 0 { return .room(milliseconds: 5) }
            }
        }
        let untilLow = max(0, queued - reserve)
        let untilNext = min(untilHeard, mixer.timeline.framesUntilDue ?? .max)
        let frames = min(untilLow > 0 ? untilLow : max(1, reserve / 2), untilNext)
        return .frames(milliseconds: Int32(frames * 1000 / device.format.rate + 1))
    }

    /// Takes the device through an error; returns why it must be left, or nil if it goes on.
    mutating func repair(_ device: inout OutputDevice, _ code: Int32) -> Departure? {
        if link.isClosing { return .closing }
        // What was refused is no longer owed, unless the device plays on where it was.
        let pending = pendingFrames
        pendingFrames = 0
        let result: Int32
        switch -code {
        case EPIPE:
            link.xruns.add(1, ordering: .relaxed)
            result = device.recover()
            // It ran dry, so all of it was heard; unless that was only how a card that is gone says so.
            if result >= 0 { mixer.timeline.hear(delay: 0) }
            mixer.breakOff()
            link.tell(Notice(kind: .xrun, value: UInt64(link.xruns.load(ordering: .relaxed))))
        case ESTRPIPE:
            let resumed = device.resume { [link] in link.isClosing }
            if resumed.playsOn { pendingFrames = pending } else { mixer.rewindToHeard() }
            result = resumed.code
        default:
            result = code
        }
        return result < 0 ? .lost(.failed(result)) : nil
    }

    func wakeDecoder() {
        guard link.ring.fill < link.ring.lowWater(rate: mixer.rate) else { return }
        if link.decoderIsFull.exchange(false, ordering: .sequentiallyConsistent) { link.decoderWakeup.signal() }
    }

    // MARK: What is heard

    mutating func tellDue(at now: UInt64) {
        while var notice = mixer.timeline.nextDue() {
            if notice.kind == .entered { notice.value = now }
            link.tell(notice)
        }
    }

    mutating func post(at now: UInt64, isRunning: Bool) {
        guard let place = mixer.timeline.place, place.marker.kind != .none else {
            if lastNote.isLoaded {
                lastNote = PositionBoard.Note(life: life)
                link.board.post(lastNote)
            }
            return
        }
        var note = PositionBoard.Note(
            request: place.marker.request,
            microseconds: place.microseconds,
            limitMicroseconds: mixer.timeline.limit(of: place),
            nanoseconds: now,
            speed: place.marker.speed,
            isLoaded: true,
            isRunning: isRunning && place.isSound,
            life: life
        )
        let isSameMarker =
            lastMarker.map { $0.serial == place.marker.serial && $0.epoch == place.marker.epoch } ?? false
        if !isSameMarker || !lastNote.isLoaded {
            life &+= 1
            lastMarker = place.marker
            note.life = life
        } else {
            note.microseconds = max(note.microseconds, lastNote.microseconds)
        }
        guard note != lastNote else { return }
        lastNote = note
        link.board.post(note)
    }
}
