/// Soft transitions. Three gains multiply: the envelope (0...1) that fades sound in and out around pauses, seeks and
/// replacements, the volume that glides to its target, and the light (0...1) that is dimmed before sleep. All are
/// per-sample, so nothing steps audibly.
struct Ramp {
    /// Times of full ramps, in seconds.
    static let fadeOut: Float = 0.010
    static let fadeIn: Float = 0.005
    static let glide: Float = 0.020
    static let brighten = 0.5

    private var rate: Float
    private(set) var envelope: Float = 0
    private var envelopeStep: Float = 0
    private(set) var gain: Float
    private(set) var gainTarget: Float
    private var gainStep: Float = 0
    /// Falls over minutes, in steps that a Float would lose.
    private var light = 1.0
    private var lightStep = 0.0
    private var fade = OutputLink.Fade(bits: 0)

    init(rate: Int, gain: Float) {
        self.rate = Float(rate)
        self.gain = gain
        gainTarget = gain
    }

    mutating func setRate(_ rate: Int) {
        lightStep *= Double(self.rate) / Double(rate)
        self.rate = Float(rate)
        envelopeStep = 0
    }

    /// Sound at once, without a ramp: for a natural start.
    mutating func open() {
        envelope = 1
        envelopeStep = 0
    }

    /// Silence at once: what sounded has ended by itself or was cut by the device.
    mutating func shut() {
        envelope = 0
        envelopeStep = 0
    }

    /// Heads for full sound.
    mutating func fadeIn() {
        envelopeStep = envelope < 1 ? 1 / (Self.fadeIn * rate) : 0
    }

    /// Heads for silence, faster if fewer than a full ramp's frames are left. Returns the frames the ramp needs.
    mutating func fadeOut(available: Int) -> Int {
        guard envelope > 0 else { return 0 }
        // A ramp under way keeps its slope unless the frames run out.
        if envelopeStep >= 0 { envelopeStep = -1 / (Self.fadeOut * rate) }
        envelopeStep = min(envelopeStep, -envelope / Float(max(available, 1)))
        return max(1, Int((envelope / -envelopeStep - 1e-2).rounded(.up)))
    }

    mutating func setGain(_ target: Float) {
        guard target != gainTarget else { return }
        gainTarget = target
        gainStep = (target - gain) / max(1, Self.glide * rate)
    }

    /// Takes the volume at once: nothing sounds, so nothing can step.
    mutating func settleGain() {
        gain = gainTarget
        guard lightStep > 0 else { return }
        light = 1
        lightStep = 0
    }

    /// Dims over the time asked for, or brings the light back.
    mutating func setFade(_ fade: OutputLink.Fade) {
        guard fade != self.fade else { return }
        self.fade = fade
        if let milliseconds = fade.milliseconds {
            lightStep = -light / max(1, Double(rate) * Double(milliseconds) / 1000)
        } else {
            lightStep = light < 1 ? 1 / (Self.brighten * Double(rate)) : 0
        }
    }

    /// Frames until the factors stand still again; a block that ends there keeps the next one untouched by the ramp.
    var framesToRest: Int? {
        var frames = 0
        if envelopeStep > 0 { frames = Int(((1 - envelope) / envelopeStep - 1e-2).rounded(.up)) }
        if gain != gainTarget, gainStep != 0 {
            frames = max(frames, Int(((gainTarget - gain) / gainStep).rounded(.up)))
        }
        if lightStep > 0 { frames = max(frames, Int(((1 - light) / lightStep).rounded(.up))) }
        return frames > 0 ? frames : nil
    }

    /// Whether all is open and no gain moves.
    var isAtRest: Bool { envelope == 1 && envelopeStep >= 0 && gain == gainTarget && lightStep == 0 }

    /// Whether samples pass unchanged.
    var isTransparent: Bool {
        isAtRest && gain == 1 && light == 1
    }

    /// Applies the gains, and that of the track, to interleaved stereo frames in place.
    mutating func apply(to frames: UnsafeMutablePointer<Float>, count: Int, trackGain: Float = 1) {
        if envelope == 1, envelopeStep >= 0 { envelopeStep = 0 }
        if envelopeStep == 0, gain == gainTarget, lightStep == 0 {
            let factor = trackGain * gain * envelope * brightness
            if factor != 1 {
                for index in 0..<count * 2 { frames[index] *= factor }
            }
            return
        }
        for index in 0..<count {
            advance()
            // Smoothstep: the slope is 0 at both ends, which keeps the ramp's own spectrum low.
            let factor = trackGain * gain * brightness * envelope * envelope * (3 - 2 * envelope)
            frames[2 * index] *= factor
            frames[2 * index + 1] *= factor
        }
    }

    /// On the curve of the volume.
    private var brightness: Float { light == 1 ? 1 : Float(light * light * light) }

    private mutating func advance() {
        if lightStep != 0 {
            light = min(max(light + lightStep, 0), 1)
            if light == 0 || light == 1 { lightStep = 0 }
        }
        if envelopeStep != 0 {
            envelope = min(max(envelope + envelopeStep, 0), 1)
            // Float sums miss their end by a hair, which must not cost another frame.
            if envelope < 1e-4, envelopeStep < 0 { envelope = 0 }
            if envelope > 1 - 1e-4, envelopeStep > 0 {
                envelope = 1
                envelopeStep = 0
            }
        }
        if gain != gainTarget {
            let before = gain
            gain += gainStep
            // A step below the resolution of a Float never arrives.
            if gain == before { gain = gainTarget }
            if gainStep > 0 ? gain >= gainTarget : gain <= gainTarget { gain = gainTarget }
        }
    }
}
