import CLinux
import Logging
import Threads

/// The `mixer` thread, which runs only where a hardware control is wanted. It owns the mixer handle and keeps the control
/// where the volume wants it: sets it, reads it back, sets it back when something else has changed it, and looks for it
/// again when it is gone. It may block on the card; nobody waits for it, since the samples make up for what the control
/// does not do.
struct MixerThread {
    let volume: VolumeControl
    let wish: String
    let device: String
    let logger: Logger
    private static let retries = 8

    init(volume: VolumeControl, configuration: AudioConfiguration, logger: Logger) {
        self.volume = volume
        self.logger = logger
        wish = configuration.mixer
        device = ControlChoice.controlDevice(ofPCM: configuration.pcmName)
    }

    func run() {
        var backoff = Backoff()
        var isRetry = false
        var complaint: String?
        while !volume.isClosing {
            do throws(DeviceError) {
                let mixer = try HardwareMixer(device: device, wish: wish, reload: isRetry)
                logger.info("hardware volume control in use", metadata: ["control": "\(mixer.name)"])
                complaint = nil
                backoff.reset()
                try serve(mixer)
            } catch {
                volume.hardware(nil, report: .missing(reason: error.message))
                // The same failure on each retry is news once.
                if complaint != error.message {
                    complaint = error.message
                    logger.warning("no hardware volume control", metadata: ["reason": "\(error.message)"])
                }
                backoff.failed(at: clinux_monotonic_ns())
            }
            isRetry = true
            while !volume.isClosing {
                let pause = backoff.milliseconds(at: clinux_monotonic_ns())
                guard pause > 0 else { break }
                volume.wakeup.wait(milliseconds: pause)
            }
        }
    }

    /// Keeps the control until the end, or until it fails.
    private func serve(_ mixer: borrowing HardwareMixer) throws(DeviceError) {
        var setBack = SetBack()
        var percent: Int?
        var expected: HardwareMixer.Reading?
        // The simple mixer writes nothing that it believes to stand there already, and it believes what it heard last. What
        // was changed a moment ago is set again when it has heard of that: by one of the card's next events.
        var doubts = 0
        while !volume.isClosing {
            var wait: Int32 = -1
            let wanted = volume.percent
            if wanted != percent {
                percent = wanted
                expected = try set(mixer, percent: wanted, setBack: setBack.count)
                doubts = Self.retries
            } else if let reading = expected, try mixer.read() != reading {
                let now = clinux_monotonic_ns()
                switch setBack.differs(at: now) {
                case .now:
                    // A fight is told of once in a while, not at each blow.
                    if setBack.count & (setBack.count - 1) == 0 {
                        logger.notice(
                            "something else changed the hardware volume: set back",
                            metadata: ["control": "\(mixer.name)", "times": "\(setBack.count)"]
                        )
                    }
                    expected = try set(mixer, percent: wanted, setBack: setBack.count)
                    doubts = Self.retries
                case .later(let due):
                    let changed = try mixer.read()
                    report(mixer, changed, level: mixer.level(forPercent: wanted), setBack: setBack.count)
                    wait = Int32((due - now) / 1_000_000 + 1)
                }
            } else if let reading = expected, doubts > 0 {
                doubts -= 1
                if !obeys(mixer, reading, level: mixer.level(forPercent: wanted)) {
                    expected = try set(mixer, percent: wanted, setBack: setBack.count)
                }
            }
            try mixer.wait(for: volume.wakeup, milliseconds: wait)
        }
    }

    /// Sets the control and believes what it says afterwards, not what it was told.
    private func set(
        _ mixer: borrowing HardwareMixer,
        percent: Int,
        setBack: Int
    ) throws(DeviceError) -> HardwareMixer.Reading {
        let level = mixer.level(forPercent: percent)
        try mixer.set(level)
        let reading = try mixer.read()
        report(mixer, reading, level: level, setBack: setBack)
        return reading
    }

    private func obeys(_ mixer: borrowing HardwareMixer, _ reading: HardwareMixer.Reading, level: Int) -> Bool {
        reading.isOn && mixer.isNear(reading.lowest, to: level) && mixer.isNear(reading.highest, to: level)
    }

    private func report(
        _ mixer: borrowing HardwareMixer,
        _ reading: HardwareMixer.Reading,
        level: Int,
        setBack: Int
    ) {
        let hardware: VolumeControl.Hardware =
            mixer.range.map { .decibels($0, setting: reading.highest) } ?? .share
        let description = MixerDescription(
            control: mixer.name,
            decibels: mixer.range == nil ? nil : Double(reading.highest) / 100,
            obeys: obeys(mixer, reading, level: level),
            setBack: setBack
        )
        volume.hardware(hardware, report: .used(description))
    }
}
