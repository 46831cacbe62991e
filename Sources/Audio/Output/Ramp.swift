/// Soft transitions. Two gains multiply: the envelope (0...1) that fades sound in and out around pauses, seeks and
/// replacements, and the volume that glides to its target. Both are per-sample, so nothing steps audibly.
struct Ramp {
    /// Times of full ramps, in seconds.
    static let fadeOut: Float = 0.010
    static let fadeIn: Float = 0.005
    static let glide: Float = 0.020

    private var rate: Float
    private(set) var envelope: Float = 0
    private var envelopeStep: Float = 0
    private(set) var gain: Float
    private var gainTarget: Float
    private var gainStep: Float = 0

    init(rate: Int, gain: Float) {
        self.rate = Float(rate)
        self.gain = gain
        gainTarget = gain
    }

    mutating func setRate(_ rate: Int) {
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
    }

    /// Frames until the factors stand still again; a block that ends there keeps the next one untouched by the ramp.
    var framesToRest: Int? {
        var frames = 0
        if envelopeStep > 0 { frames = Int(((1 - envelope) / envelopeStep - 1e-2).rounded(.up)) }
        if gain != gainTarget, gainStep != 0 {
            frames = max(frames, Int(((gainTarget - gain) / gainStep).rounded(.up)))
        }
        return frames > 0 ? frames : nil
    }

    /// Whether samples pass unchanged.
    var isTransparent: Bool { envelope == 1 && envelopeStep >= 0 && gain == 1 && gainTarget == 1 }

    /// Applies both gains to interleaved stereo frames in place.
    mutating func apply(to frames: UnsafeMutablePointer<Float>, count: Int) {
        if envelope == 1, envelopeStep >= 0 { envelopeStep = 0 }
        if envelopeStep == 0, gain == gainTarget {
            let factor = gain * envelope
            if factor != 1 {
                for index in 0..<count * 2 { frames[index] *= factor }
            }
            return
        }
        for index in 0..<count {
            advance()
            // Smoothstep: the slope is 0 at both ends, which keeps the ramp's own spectrum low.
            let factor = gain * envelope * envelope * (3 - 2 * envelope)
            frames[2 * index] *= factor
            frames[2 * index + 1] *= factor
        }
    }

    private mutating func advance() {
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
            gain += gainStep
            if gainStep > 0 ? gain >= gainTarget : gain <= gainTarget { gain = gainTarget }
        }
    }
}
