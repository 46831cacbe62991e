import CALSA
import Glibc
import Threads

/// One volume control of a card, through ALSA's simple mixer. Owner of the mixer handle; lives on the mixer thread.
///
/// Levels are hundredths of a decibel, or steps of the control's own scale where the driver knows no decibels.
struct HardwareMixer: ~Copyable {
    let name: String
    /// Nil where the driver knows no decibels.
    let range: DecibelRange?
    private let steps: ClosedRange<Int>
    private let mixer: OpaquePointer
    private let element: OpaquePointer
    /// The card's own controls behind the element; nil for one that is put together of several.
    private let volume: OpaquePointer?
    private let onOff: OpaquePointer?
    private let device: String

    /// What the control says of itself.
    struct Reading: Equatable {
        /// Of the quietest and the loudest channel.
        var lowest: Int
        var highest: Int
        /// No channel is switched off.
        var isOn: Bool
    }

    /// - Parameters:
    ///   - device: an ALSA control device such as `hw:0`.
    ///   - wish: `auto`, or the name of a control.
    ///   - reload: whether to look for cards and settings that appeared since the last time.
    init(device: String, wish: String, reload: Bool) throws(DeviceError) {
        var handle: OpaquePointer?
        var code = snd_mixer_open(&handle, 0)
        guard code >= 0, let mixer = handle else { throw DeviceError("snd_mixer_open", device: device, code: code) }
        ALSALibrary.withConfiguration(reload: reload) {
            code = snd_mixer_attach(mixer, device)
            if code >= 0 { code = snd_mixer_selem_register(mixer, nil, nil) }
            if code >= 0 { code = snd_mixer_load(mixer) }
        }
        let elements = code >= 0 ? Self.volumes(of: mixer) : []
        let candidates = elements.map {
            ControlChoice.Candidate(name: String(cString: snd_mixer_selem_get_name($0)), range: Self.range(of: $0))
        }
        guard code >= 0, let index = ControlChoice.best(of: candidates, wish: wish) else {
            snd_mixer_close(mixer)
            if code < 0 { throw DeviceError("snd_mixer_attach", device: device, code: code) }
            let names = candidates.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw DeviceError(
                code: -ENOENT,
                message: (wish == "auto"
                    ? "\"\(device)\" has no volume control with a range of 20 dB or more"
                    : "\"\(device)\" has no volume control \"\(wish)\"")
                    + (names.isEmpty ? "" : "; it has \(names)")
            )
        }
        var lowest = 0
        var highest = 0
        snd_mixer_selem_get_playback_volume_range(elements[index], &lowest, &highest)
        steps = min(lowest, highest)...max(lowest, highest)
        name = candidates[index].name
        range = candidates[index].range
        self.mixer = mixer
        self.device = device
        element = elements[index]
        volume = Self.control(of: mixer, device, ["\(name) Playback Volume", "\(name) Volume"])
        onOff = Self.control(of: mixer, device, ["\(name) Playback Switch", "\(name) Switch"])
    }

    deinit {
        snd_mixer_close(mixer)
    }

    private static func volumes(of mixer: OpaquePointer) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        var element = snd_mixer_first_elem(mixer)
        while let current = element {
            if snd_mixer_selem_is_active(current) != 0, snd_mixer_selem_has_playback_volume(current) != 0 {
                found.append(current)
            }
            element = snd_mixer_elem_next(current)
        }
        return found
    }

    private static func control(of mixer: OpaquePointer, _ device: String, _ names: [String]) -> OpaquePointer? {
        var controls: OpaquePointer?
        guard snd_mixer_get_hctl(mixer, device, &controls) >= 0 else { return nil }
        var control = snd_hctl_first_elem(controls)
        while let current = control {
            if names.contains(String(cString: snd_hctl_elem_get_name(current))) { return current }
            control = snd_hctl_elem_next(current)
        }
        return nil
    }

    private static func range(of element: OpaquePointer) -> DecibelRange? {
        var lowest = 0
        var highest = 0
        guard snd_mixer_selem_get_playback_dB_range(element, &lowest, &highest) >= 0, lowest < highest else {
            return nil
        }
        return DecibelRange(lowest: lowest, highest: highest)
    }

    /// The level for a volume of 0...100.
    func level(forPercent percent: Int) -> Int {
        if let range { return range.setting(forGain: Volume.gain(percent: percent, muted: false)) }
        return steps.lowerBound + (steps.upperBound - steps.lowerBound) * percent / 100
    }

    /// How far from what it was set to a control may stand: the next step of a coarse one.
    func isNear(_ level: Int, to wanted: Int) -> Bool {
        guard let range else { return level == wanted }
        let step =
            (range.highest - max(range.lowest, DecibelRange.silence)) / max(1, steps.upperBound - steps.lowerBound)
        // At the bottom many mute below their last step.
        return abs(level - wanted) <= max(2 * step, 50)
            || level <= range.lowest + 2 * step && wanted <= range.lowest + 2 * step
    }

    /// Sets all channels, and switches the control on.
    func set(_ level: Int) throws(DeviceError) {
        var code =
            range != nil
            // Rounded up: what is too much is taken from the samples, which cannot add what is missing.
            ? snd_mixer_selem_set_playback_dB_all(element, level, 1)
            : snd_mixer_selem_set_playback_volume_all(element, level)
        if code >= 0, snd_mixer_selem_has_playback_switch(element) != 0 {
            code = snd_mixer_selem_set_playback_switch_all(element, 1)
        }
        try check("snd_mixer_selem_set_playback", code)
    }

    /// Asks the card itself where it can be asked: the simple mixer answers with what it was told to set.
    func read() throws(DeviceError) -> Reading {
        guard let volume else { return try readAsTold() }
        var levels = try read(volume)
        if range != nil {
            for index in levels.indices {
                let raw = levels[index]
                try check(
                    "snd_mixer_selem_ask_playback_vol_dB",
                    snd_mixer_selem_ask_playback_vol_dB(element, raw, &levels[index])
                )
            }
        }
        var isOn = true
        if let onOff { isOn = try read(onOff).allSatisfy { $0 != 0 } }
        guard let lowest = levels.min(), let highest = levels.max() else {
            throw DeviceError("snd_hctl_elem_read", device: device, code: -ENODEV)
        }
        return Reading(lowest: lowest, highest: highest, isOn: isOn)
    }

    private func read(_ control: OpaquePointer) throws(DeviceError) -> [Int] {
        var info: OpaquePointer?
        var value: OpaquePointer?
        defer {
            snd_ctl_elem_info_free(info)
            snd_ctl_elem_value_free(value)
        }
        guard snd_ctl_elem_info_malloc(&info) >= 0, snd_ctl_elem_value_malloc(&value) >= 0 else {
            throw DeviceError("snd_ctl_elem_value_malloc", device: device, code: -ENOMEM)
        }
        try check("snd_hctl_elem_info", snd_hctl_elem_info(control, info))
        try check("snd_hctl_elem_read", snd_hctl_elem_read(control, value))
        let isSwitch = snd_ctl_elem_info_get_type(info) == SND_CTL_ELEM_TYPE_BOOLEAN
        return (0..<snd_ctl_elem_info_get_count(info)).map { channel in
            isSwitch
                ? Int(snd_ctl_elem_value_get_boolean(value, channel))
                : snd_ctl_elem_value_get_integer(value, channel)
        }
    }

    private func readAsTold() throws(DeviceError) -> Reading {
        var reading: Reading?
        for number in 0...SND_MIXER_SCHN_LAST.rawValue {
            let channel = snd_mixer_selem_channel_id_t(rawValue: number)
            guard snd_mixer_selem_has_playback_channel(element, channel) != 0 else { continue }
            var level = 0
            try check(
                "snd_mixer_selem_get_playback",
                range != nil
                    ? snd_mixer_selem_get_playback_dB(element, channel, &level)
                    : snd_mixer_selem_get_playback_volume(element, channel, &level)
            )
            var isOn: Int32 = 1
            if snd_mixer_selem_has_playback_switch(element) != 0 {
                try check(
                    "snd_mixer_selem_get_playback_switch",
                    snd_mixer_selem_get_playback_switch(element, channel, &isOn)
                )
            }
            reading = Reading(
                lowest: min(level, reading?.lowest ?? level),
                highest: max(level, reading?.highest ?? level),
                isOn: isOn != 0 && reading?.isOn ?? true
            )
        }
        guard let reading else { throw DeviceError("snd_mixer_selem_get_playback", device: device, code: -ENODEV) }
        return reading
    }

    /// Waits for a change of the card's controls, a wake-up, or the time; a negative one waits for ever.
    func wait(for wakeup: Wakeup, milliseconds: Int32) throws(DeviceError) {
        var polls = [pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)]
        let count = max(0, Int(snd_mixer_poll_descriptors_count(mixer)))
        polls += [pollfd](repeating: pollfd(), count: count)
        let filled = polls.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { snd_mixer_poll_descriptors(mixer, $0 + 1, UInt32(count)) } ?? 0
        }
        guard poll(&polls, nfds_t(1 + max(0, Int(filled))), milliseconds) > 0 else { return }
        if polls[0].revents != 0 { wakeup.drain() }
        var events: UInt16 = 0
        let code = polls.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { snd_mixer_poll_descriptors_revents(mixer, $0 + 1, UInt32(count), &events) } ?? 0
        }
        try check("snd_mixer_poll_descriptors_revents", code)
        if Int32(events) & (POLLERR | POLLHUP | POLLNVAL) != 0 {
            throw DeviceError("poll", device: device, code: -ENODEV)
        }
        if Int32(events) & POLLIN != 0 { try check("snd_mixer_handle_events", snd_mixer_handle_events(mixer)) }
    }

    private func check(_ call: String, _ code: Int32) throws(DeviceError) {
        if code < 0 { throw DeviceError(call, device: device, code: code) }
    }
}
