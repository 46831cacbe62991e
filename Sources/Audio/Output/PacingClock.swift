/// Plays the part of a device's clock where there is no device, or one that swallows everything at once (ALSA's `null`):
/// accepts frames and "plays" them in real time.
struct PacingClock {
    let rate: Int
    /// CLOCK_MONOTONIC at which frame 0 of this run was played; nil while stopped.
    private var origin: UInt64?
    private var accepted = 0

    init(rate: Int) {
        self.rate = rate
    }

    mutating func start(at now: UInt64) {
        origin = now
    }

    mutating func stop() {
        origin = nil
        accepted = 0
    }

    mutating func accept(_ frames: Int) {
        accepted += frames
    }

    /// Frames accepted and not yet played. A clock that ran dry waits: time in which there was nothing to play does not
    /// count.
    mutating func delay(at now: UInt64) -> Int {
        guard let origin else { return accepted }
        let played = Self.frames(from: origin, to: now, rate: rate)
        if played > accepted {
            self.origin = origin + Self.nanoseconds(played - accepted, rate: rate)
            return 0
        }
        return accepted - played
    }

    static func frames(from start: UInt64, to end: UInt64, rate: Int) -> Int {
        guard end > start else { return 0 }
        let elapsed = end - start
        return Int(elapsed / 1_000_000_000) * rate + Int(elapsed % 1_000_000_000) * rate / 1_000_000_000
    }

    static func nanoseconds(_ frames: Int, rate: Int) -> UInt64 {
        UInt64(frames / rate) * 1_000_000_000 + UInt64(frames % rate) * 1_000_000_000 / UInt64(rate)
    }
}
