import CALSA
import Glibc
import Synchronization

/// What a device agreed to.
struct PCMFormat: Equatable {
    var rate: Int
    var channels: Int
    var encoding: SampleEncoder.Encoding
    var periodFrames: Int
    var bufferFrames: Int
    /// How far the buffer is filled while sound goes on. What is beyond is for the moment when somebody wants something
    /// else: the old sound's fade and the first of the new go in at once, however full the buffer is.
    var fillFrames: Int
    /// What a server takes out of the buffer at once, also at the start; 0 for hardware.
    var shareFrames = 0
    var peer = PCMPeer.hardware
    /// What must stay in the buffer when the rest of it is taken back (`snd_pcm_rewind`); nil where that cannot be done.
    var rewindReserve: Int?

    /// How much of the fill is played before it is filled up again. The rest is what the machine may be late by.
    var refillFrames: Int { fillFrames / 2 }
    /// The measure of what silence is given in when frames are late.
    var stepFrames: Int { max(1, min(periodFrames, fillFrames / 3)) }
    /// What must lie in the buffer before the device is started: a server that finds less goes on with silence.
    var startFrames: Int { min(max(stepFrames, shareFrames), fillFrames) }

    /// Silence that is written before the first sound, for those that drop the first they get: 7 to 19 ms were seen to go at
    /// PulseAudio. `dmix` begins where the card was a moment ago, 1.3 ms were seen; and up to a period before that where
    /// periods are shorter than 10 ms (hw_ptr_alignment).
    var leadInFrames: Int {
        switch peer {
        case .hardware: 0
        case .mixing: periodFrames < rate / 100 ? periodFrames + rate / 500 : rate / 200
        case .server, .unknown: rate / 40
        }
    }

    var encodingName: String { String(cString: snd_pcm_format_name(encoding.alsaFormat)) }
}

/// libasound's global configuration. It is parsed once and kept, so a card or a file that appears later is seen only
/// after it was dropped; dropping it while another thread opens a device is not safe.
enum ALSALibrary {
    private static let lock = Mutex(false)

    /// Runs `body` with libasound's configuration to itself, freshly read if `reload`.
    static func withConfiguration(reload: Bool, _ body: () -> Void) {
        lock.withLock { isInstalled in
            if !isInstalled {
                calsa_install_message_handler()
                isInstalled = true
            }
            if reload { snd_config_update_free_global() }
            calsa_clear_message()
            body()
        }
    }
}

/// Opens a PCM for playback and agrees on a format.
struct PCMNegotiation {
    let device: String
    let rate: Int
    let bufferMs: Int

    /// How far the buffer is filled, how large it is and its period, all in milliseconds.
    ///
    /// Hardware has room for the urgent in a second fill. A server gets a third more, for its messages cost more than
    /// everything else but decoding. PulseAudio takes `buffer - 2 * period` out of the buffer ahead of what is heard
    /// (pa_buffer_attr, "minreq"); if that is all there is, its plugin reports an xrun. A third of 4/3 is safely less than
    /// the half that is left when we fill up.
    static func layout(bufferMs: Int, peer: PCMPeer) -> (fill: Int, buffer: Int, period: Int) {
        let fill = peer == .server ? bufferMs * 4 / 3 : bufferMs
        return peer == .hardware ? (fill, 2 * fill, fill / 4) : (fill, fill * 4 / 3, fill * 4 / 9)
    }

    /// How far a buffer that may be smaller or larger than asked is filled.
    static func fill(of bufferFrames: Int, rate: Int, fillMs: Int) -> Int {
        min(rate * fillMs / 1000, bufferFrames * 3 / 4)
    }

    /// What is left to a device when the rest is taken back, in frames: what this thread may be late by, and a period more
    /// where the device moves on by whole periods ("batch"), so that it may have taken as much already.
    static func rewindReserve(rate: Int, period: Int, isBatch: Bool) -> Int {
        rate / 40 + (isBatch ? period : 0)
    }

    /// - Parameter reload: whether to look for cards and settings that appeared since the last time.
    /// - Returns: a non-blocking PCM in the state PREPARED, owned by the caller.
    func open(reload: Bool) throws(DeviceError) -> (OpaquePointer, PCMFormat) {
        var handle: OpaquePointer?
        var code: Int32 = 0
        ALSALibrary.withConfiguration(reload: reload) {
            code = snd_pcm_open(&handle, device, SND_PCM_STREAM_PLAYBACK, Int32(SND_PCM_NONBLOCK))
        }
        guard code >= 0, let pcm = handle else { throw DeviceError("snd_pcm_open", device: device, code: code) }
        do throws(DeviceError) {
            let format = try setHardware(pcm)
            try setSoftware(pcm, format: format)
            try check("snd_pcm_prepare", snd_pcm_prepare(pcm))
            return (pcm, format)
        } catch {
            snd_pcm_close(pcm)
            throw error
        }
    }

    /// Asked when all is agreed on: a plug-in for all formats has put those before the device that it needs.
    private func givesBack(_ pcm: OpaquePointer, rate: Int, period: Int, buffer: Int, fill: Int) -> Bool {
        switch PCMPeer(of: pcm) {
        case .hardware: true
        // `dmix` loses count when frames are taken back that it has not mixed yet (alsa-lib 1.2.8), which lie beyond all but
        // a period or two of the buffer: neither the fill nor a fade and an opening on top of it must reach there.
        case .mixing: fill + rate * 3 / 100 <= buffer - 2 * period
        case .server, .unknown: false
        }
    }

    private func check(_ call: String, _ code: Int32) throws(DeviceError) {
        if code < 0 { throw DeviceError(call, device: device, code: code) }
    }

    private func setHardware(_ pcm: OpaquePointer) throws(DeviceError) -> PCMFormat {
        var parameters: OpaquePointer?
        try check("snd_pcm_hw_params_malloc", snd_pcm_hw_params_malloc(&parameters))
        guard let parameters else { throw DeviceError("snd_pcm_hw_params_malloc", device: device, code: -ENOMEM) }
        defer { snd_pcm_hw_params_free(parameters) }

        try check("snd_pcm_hw_params_any", snd_pcm_hw_params_any(pcm, parameters))
        // Our resampler is better than the plug plugin's linear one; so ask for a rate the hardware itself can do.
        _ = snd_pcm_hw_params_set_rate_resample(pcm, parameters, 0)
        try check(
            "snd_pcm_hw_params_set_access",
            snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED)
        )
        let encoding = SampleEncoder.Encoding.allCases.first {
            snd_pcm_hw_params_set_format(pcm, parameters, $0.alsaFormat) >= 0
        }
        guard let encoding else {
            throw DeviceError(
                code: -EINVAL,
                message: "cannot use audio device \"\(device)\": it takes none of the formats S16, S32, S24, FLOAT"
            )
        }
        var channels: UInt32 = 2
        try check(
            "snd_pcm_hw_params_set_channels_near",
            snd_pcm_hw_params_set_channels_near(pcm, parameters, &channels)
        )
        var rate = UInt32(rate)
        try check("snd_pcm_hw_params_set_rate_near", snd_pcm_hw_params_set_rate_near(pcm, parameters, &rate, nil))
        let peer = PCMPeer(of: pcm)
        let layout = Self.layout(bufferMs: bufferMs, peer: peer)
        var bufferTime = UInt32(layout.buffer * 1000)
        try check(
            "snd_pcm_hw_params_set_buffer_time_near",
            snd_pcm_hw_params_set_buffer_time_near(pcm, parameters, &bufferTime, nil)
        )
        // Some drivers fix the period; then it is taken as it is.
        var periodTime = UInt32(layout.period * 1000)
        _ = snd_pcm_hw_params_set_period_time_near(pcm, parameters, &periodTime, nil)
        try check("snd_pcm_hw_params", snd_pcm_hw_params(pcm, parameters))

        var bufferFrames: snd_pcm_uframes_t = 0
        var periodFrames: snd_pcm_uframes_t = 0
        try check(
            "snd_pcm_hw_params_get_buffer_size",
            snd_pcm_hw_params_get_buffer_size(parameters, &bufferFrames)
        )
        try check(
            "snd_pcm_hw_params_get_period_size",
            snd_pcm_hw_params_get_period_size(parameters, &periodFrames, nil)
        )
        // Drivers have been seen to say 0.
        let buffer = max(Int(bufferFrames), 64)
        let fill = max(Self.fill(of: buffer, rate: Int(rate), fillMs: layout.fill), 32)
        let period = max(periodFrames == 0 ? fill / 4 : min(Int(periodFrames), buffer), 16)
        return PCMFormat(
            rate: Int(rate),
            channels: Int(channels),
            encoding: encoding,
            periodFrames: period,
            bufferFrames: buffer,
            fillFrames: fill,
            shareFrames: peer.mayBeServer ? max(0, buffer - 2 * period) : 0,
            peer: peer,
            rewindReserve: givesBack(pcm, rate: Int(rate), period: period, buffer: buffer, fill: fill)
                ? Self.rewindReserve(
                    rate: Int(rate),
                    period: period,
                    isBatch: peer == .mixing || snd_pcm_hw_params_is_batch(parameters) != 0
                ) : nil
        )
    }

    private func setSoftware(_ pcm: OpaquePointer, format: PCMFormat) throws(DeviceError) {
        var parameters: OpaquePointer?
        try check("snd_pcm_sw_params_malloc", snd_pcm_sw_params_malloc(&parameters))
        guard let parameters else { throw DeviceError("snd_pcm_sw_params_malloc", device: device, code: -ENOMEM) }
        defer { snd_pcm_sw_params_free(parameters) }

        try check("snd_pcm_sw_params_current", snd_pcm_sw_params_current(pcm, parameters))
        // The output starts the device itself, when it has handed over what there is. Never by itself: the boundary is
        // beyond every buffer.
        var boundary: snd_pcm_uframes_t = 0
        try check("snd_pcm_sw_params_get_boundary", snd_pcm_sw_params_get_boundary(parameters, &boundary))
        try check(
            "snd_pcm_sw_params_set_start_threshold",
            snd_pcm_sw_params_set_start_threshold(pcm, parameters, boundary)
        )
        try check(
            "snd_pcm_sw_params_set_avail_min",
            snd_pcm_sw_params_set_avail_min(pcm, parameters, snd_pcm_uframes_t(format.periodFrames))
        )
        try check("snd_pcm_sw_params", snd_pcm_sw_params(pcm, parameters))
    }
}
