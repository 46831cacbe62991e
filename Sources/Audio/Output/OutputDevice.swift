import CALSA
import CLinux
import Glibc
import Threads

/// The one owner of a PCM handle; without a handle, the silent device that only keeps time. Lives on the output thread.
///
/// Frame counts are returned as `Int`; negative ones are ALSA's negated errno.
struct OutputDevice: ~Copyable {
    let format: PCMFormat
    private let pcm: OpaquePointer?
    private var clock: PacingClock
    /// The device takes frames faster than they can be played: the clock stands in for it.
    private var isUnpaced: Bool
    private(set) var isRunning = false
    /// Frames written since the device was prepared.
    private(set) var written = 0
    private var startedAt: UInt64 = 0
    /// Not refused so far.
    private(set) var givesBack: Bool
    /// PulseAudio's plugin plays silence from `prepare` on, and when sound comes drops as much of it as there was silence
    /// (seen with 16.1: half a second prepared, half a second of music lost). So what may be a server is prepared
    /// anew before the first frame, which takes half a millisecond.
    private let agesWhilePrepared: Bool
    private let leadIn: UnsafeMutableRawPointer
    private let leadInFrames: Int

    private let polls: UnsafeMutablePointer<pollfd>
    private let pollCount: Int
    private static let maximumPolls = 16
    /// A device that fails while idle is noticed by its descriptor; one whose descriptor cries without reason is not
    /// listened to again until it runs.
    private var listensWhileIdle = true

    /// Opens the PCM.
    init(opening negotiation: PCMNegotiation, reload: Bool, wakeup: Wakeup) throws(DeviceError) {
        let (pcm, format) = try negotiation.open(reload: reload)
        self.init(pcm: pcm, format: format, wakeup: wakeup)
    }

    /// The silent device.
    init(silentAt rate: Int, bufferMs: Int, wakeup: Wakeup) {
        let fillFrames = rate * bufferMs / 1000
        let format = PCMFormat(
            rate: rate,
            channels: 2,
            encoding: .s16,
            periodFrames: fillFrames / 2,
            bufferFrames: 2 * fillFrames,
            fillFrames: fillFrames
        )
        self.init(pcm: nil, format: format, wakeup: wakeup)
    }

    private init(pcm: OpaquePointer?, format: PCMFormat, wakeup: Wakeup) {
        self.pcm = pcm
        self.format = format
        clock = PacingClock(rate: format.rate)
        isUnpaced = pcm.map { snd_pcm_type($0) == SND_PCM_TYPE_NULL } ?? true
        givesBack = format.rewindReserve != nil
        agesWhilePrepared = pcm != nil && format.peer.mayBeServer
        leadInFrames = min(format.leadInFrames, format.fillFrames / 2)
        let bytes = leadInFrames * SampleEncoder(encoding: format.encoding, channels: format.channels).bytesPerFrame
        leadIn = .allocate(byteCount: bytes, alignment: 16)
        memset(leadIn, 0, bytes)
        polls = .allocate(capacity: Self.maximumPolls)
        polls[0] = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
        let wanted = pcm.map { Int(snd_pcm_poll_descriptors_count($0)) } ?? 0
        if let pcm, wanted > 0, wanted < Self.maximumPolls {
            pollCount = max(0, Int(snd_pcm_poll_descriptors(pcm, polls + 1, UInt32(wanted))))
        } else {
            pollCount = 0
        }
    }

    deinit {
        if let pcm {
            // Never drain: it blocks, and whatever should be heard was waited for.
            snd_pcm_drop(pcm)
            snd_pcm_close(pcm)
        }
        leadIn.deallocate()
        polls.deallocate()
    }

    var isSilent: Bool { pcm == nil }

    // MARK: Frames

    /// What the device says of its buffer, in one call: to some it is a message to a server.
    struct Level {
        /// Frames that can be written now.
        var room: Int
        /// Frames written and not yet heard; with what lies between the buffer and the ear this may exceed the buffer.
        var delay: Int
    }

    /// Returns ALSA's negated errno in place of a level that cannot be had.
    mutating func level(at now: UInt64) -> (code: Int32, level: Level) {
        if isUnpaced {
            let delay = clock.delay(at: now)
            return (0, Level(room: max(0, format.bufferFrames - delay), delay: delay))
        }
        guard let pcm else { return (-EBADFD, Level(room: 0, delay: 0)) }
        var room: snd_pcm_sframes_t = 0
        var delay: snd_pcm_sframes_t = 0
        if isRunning {
            let code = snd_pcm_avail_delay(pcm, &room, &delay)
            guard code >= 0 else { return (code, Level(room: 0, delay: 0)) }
            // Plugins have been seen to answer less than nothing, and more than was ever written.
            delay = min(max(0, delay), written)
        } else {
            room = snd_pcm_avail_update(pcm)
            guard room >= 0 else { return (Int32(room), Level(room: 0, delay: 0)) }
            delay = written
        }
        return (0, Level(room: min(room, format.bufferFrames), delay: delay))
    }

    /// Hands over frames in the device's format; returns how many it took, or 0 when it has no room now.
    mutating func write(_ data: UnsafeRawPointer, frames: Int, at now: UInt64) -> Int {
        var taken = frames
        if let pcm {
            if written == 0, leadInFrames > 0 {
                let code = agesWhilePrepared ? snd_pcm_prepare(pcm) : 0
                guard code >= 0 else { return Int(code) }
                // Counted as written, so that the delay stays true, but not as handed over: nobody hears it.
                written += max(0, snd_pcm_writei(pcm, leadIn, snd_pcm_uframes_t(leadInFrames)))
            }
            taken = snd_pcm_writei(pcm, data, snd_pcm_uframes_t(frames))
            if taken == Int(-EAGAIN) || taken == Int(-EINTR) { return 0 }
            guard taken >= 0 else { return taken }
        }
        written += taken
        if isUnpaced { clock.accept(taken) } else { watchPace(at: now) }
        return taken
    }

    /// Takes back up to `frames`, at least one, of what was written last; returns how many the device gave.
    mutating func rewind(_ frames: Int) -> Int {
        guard let pcm else { return 0 }
        let taken = snd_pcm_rewind(pcm, snd_pcm_uframes_t(frames))
        // The kernel's answer for drivers that cannot (SNDRV_PCM_INFO_NO_REWINDS, or an `ack` that refuses).
        if taken == 0 || taken == Int(-EINVAL) || taken == Int(-ENOSYS) { givesBack = false }
        written -= max(0, taken)
        return max(0, taken)
    }

    /// Detects plugin chains that end in nothing: such a "device" takes a second more than time and buffer allow.
    private mutating func watchPace(at now: UInt64) {
        guard isRunning, written > format.bufferFrames + format.rate else { return }
        let elapsed = PacingClock.frames(from: startedAt, to: now, rate: format.rate)
        guard written > 2 * elapsed + format.bufferFrames + format.rate else { return }
        isUnpaced = true
        clock.start(at: now)
    }

    // MARK: States

    mutating func start(at now: UInt64) -> Int32 {
        if let pcm {
            let code = snd_pcm_start(pcm)
            // Plugins may have started by themselves.
            if code < 0, snd_pcm_state(pcm) != SND_PCM_STATE_RUNNING { return code }
        }
        if isUnpaced { clock.start(at: now) }
        startedAt = now
        isRunning = true
        listensWhileIdle = true
        return 0
    }

    /// Throws away what was not played, and stands ready for the next start.
    mutating func stop() -> Int32 {
        isRunning = false
        written = 0
        clock.stop()
        guard let pcm else { return 0 }
        snd_pcm_drop(pcm)
        return snd_pcm_prepare(pcm)
    }

    /// Brings the device back after it ran dry (EPIPE).
    mutating func recover() -> Int32 {
        isRunning = false
        written = 0
        clock.stop()
        guard let pcm else { return 0 }
        return snd_pcm_prepare(pcm)
    }

    /// Brings the device back after the machine slept (ESTRPIPE): the driver may need some time, and may not be able to
    /// go on where it was, in which case it starts anew. True if it plays on.
    mutating func resume(isClosing: () -> Bool) -> (code: Int32, playsOn: Bool) {
        guard let pcm else { return (0, true) }
        for _ in 0..<20 {
            let code = snd_pcm_resume(pcm)
            // Plugins say 0 whatever came of it.
            let sleeps = snd_pcm_state(pcm) == SND_PCM_STATE_SUSPENDED
            if code == 0, !sleeps { return (0, true) }
            guard code == -EAGAIN || sleeps, !isClosing() else { break }
            poll(nil, 0, 50)
        }
        return (recover(), false)
    }

    /// -ENODEV once the hardware is gone, -EPIPE or -ESTRPIPE in these states, 0 in a usable state.
    var health: Int32 {
        guard let pcm else { return 0 }
        switch snd_pcm_state(pcm) {
        case SND_PCM_STATE_DISCONNECTED: return -ENODEV
        case SND_PCM_STATE_XRUN: return -EPIPE
        case SND_PCM_STATE_SUSPENDED: return -ESTRPIPE
        case SND_PCM_STATE_PREPARED, SND_PCM_STATE_RUNNING, SND_PCM_STATE_DRAINING, SND_PCM_STATE_PAUSED: return 0
        default: return -EBADFD
        }
    }

    // MARK: Waiting

    /// Waits for a wake-up or for the given time; a negative one waits for ever. A running device is not listened to: when
    /// it will have room is known, and an error shows at the next look. One that stands idle and dies ends the wait, with
    /// the result false.
    mutating func wait(milliseconds: Int32) -> Bool {
        guard !isRunning, listensWhileIdle, pollCount > 0, !isUnpaced else {
            wait(descriptors: 1, milliseconds: milliseconds)
            return true
        }
        // Room is of no interest now, and there always is some; an error is reported without being asked for.
        for index in 1...pollCount { polls[index].events = 0 }
        wait(descriptors: 1 + pollCount, milliseconds: milliseconds)
        var complains = false
        for index in 1...pollCount where polls[index].revents != 0 { complains = true }
        if let pcm { snd_pcm_poll_descriptors(pcm, polls + 1, UInt32(pollCount)) }
        if complains { listensWhileIdle = false }
        return !complains
    }

    private func wait(descriptors: Int, milliseconds: Int32) {
        guard poll(polls, nfds_t(descriptors), milliseconds) > 0 else {
            for index in 0..<descriptors { polls[index].revents = 0 }
            return
        }
        if polls[0].revents != 0 { clinux_eventfd_drain(polls[0].fd) }
    }
}
