import Glibc

/// The comb of a music box: steel teeth that are lifted and let go, and ring until they are plucked again.
///
/// A tooth does not ring in harmonics: its overtones lie near 2.76, 5.40, 8.93 and 13.3 times the lowest tone, as those
/// of a bar do, and the higher, the sooner they are gone. That short glassy flash, over a long and almost pure tone, is
/// what the ear takes for a music box. Each tooth is filed by hand, so none has quite the overtones of its neighbour.
struct Comb {
    private struct Overtone {
        var ratio: Double
        var level: Float
        /// Part of the decay time of the lowest tone.
        var decay: Double
    }

    private static let overtones = [
        // The quick part of the lowest tone: a tooth falls fast at first and then rings on.
        Overtone(ratio: 1.0, level: 0.45, decay: 0.16),
        Overtone(ratio: 2.0, level: 0.07, decay: 0.55),
        Overtone(ratio: 2.756, level: 0.32, decay: 0.30),
        Overtone(ratio: 5.404, level: 0.23, decay: 0.13),
        Overtone(ratio: 8.933, level: 0.11, decay: 0.055),
        Overtone(ratio: 13.34, level: 0.035, decay: 0.03),
    ]
    /// Silence before the first note, so that no player cuts it off, and time for the last one to die away, in seconds.
    private static let leadIn = 0.12
    private static let ringOut = 5.0
    /// A damper stops the tooth just before the next pin takes it.
    private static let damping = 0.008
    private static let attack = 0.0008

    private let rate = Double(StereoSound.rate)

    func play(_ performance: Performance) -> StereoSound {
        var sound = StereoSound(seconds: Self.leadIn + performance.length + Self.ringOut)
        var noise = SeededRandom(seed: 7)
        var nextPluck: [Int: Double] = [:]
        for note in performance.notes.reversed() {
            let end = nextPluck[note.pitch] ?? .infinity
            nextPluck[note.pitch] = note.start
            // Two pins on one tooth at the same moment are one.
            guard end - note.start > 0.03 else { continue }
            pluck(note, until: end, &sound, &noise)
        }
        return sound
    }

    private func pluck(_ note: Note, until end: Double, _ sound: inout StereoSound, _ noise: inout SeededRandom) {
        let frequency = 440 * pow(2, Double(note.pitch - 69) / 12)
        let decay = min(1.5, 0.78 * pow(880 / frequency, 0.5))
        // The ear hears these high tones louder than the middle ones.
        let level = 0.3 * note.force * Float(pow(880 / frequency, 0.2))
        let place = min(0.85, max(0.15, 0.5 + Double(note.pitch - 76) * 0.014))
        let (left, right) = (Float(cos(place * .pi / 2)), Float(sin(place * .pi / 2)))
        let first = Int((note.start + Self.leadIn) * rate)
        let last = min(sound.frames, Int(min(1e6, end + Self.leadIn) * rate))
        var tooth = SeededRandom(seed: UInt64(note.pitch) &* 977)

        // The lowest tone twice, a little apart on each side: it seems to breathe.
        let spread = tooth.next(0.00012...0.00035)
        let low = Partial(frequency: frequency * (1 - spread), decay: decay, first: first, last: last)
        let high = Partial(frequency: frequency * (1 + spread), decay: decay, first: first, last: last)
        add(low, level * left, 0, &sound)
        add(high, 0, level * right, &sound)
        for overtone in Self.overtones {
            let tone = frequency * overtone.ratio * (overtone.ratio > 1 ? tooth.next(0.994...1.006) : 1)
            guard tone < 16_500 else { continue }
            // A harder pluck is a brighter one.
            let brightness = level * overtone.level * (0.45 + 0.65 * note.force)
            let partial = Partial(frequency: tone, decay: decay * overtone.decay, first: first, last: last)
            add(partial, brightness * left, brightness * right, &sound)
        }
        click(at: first, level * 0.22, (left, right), &sound, &noise)
    }

    private struct Partial {
        var frequency: Double
        /// Seconds in which it falls to 1/e.
        var decay: Double
        var first: Int
        var last: Int
    }

    /// Adds `e^(-t/decay) * sin(2 pi f t)` to both sides, computed by turning and shrinking a vector from sample to sample.
    private func add(_ partial: Partial, _ left: Float, _ right: Float, _ sound: inout StereoSound) {
        let silence = partial.first + Int(9 * partial.decay * rate)
        let (first, last) = (partial.first, min(partial.last, silence, sound.frames))
        guard first < last else { return }
        let turn = 2 * Double.pi * partial.frequency / rate
        let shrink = exp(-1 / (partial.decay * rate))
        let (a, b) = (Float(shrink * cos(turn)), Float(shrink * sin(turn)))
        let attack = Int(Self.attack * rate)
        let fade = min(Int(Self.damping * rate), last - first)
        sound.left.withUnsafeMutableBufferPointer { leftSamples in
            sound.right.withUnsafeMutableBufferPointer { rightSamples in
                var (x, y) = (Float(1), Float(0))
                var index = first
                while index < last {
                    var sample = y
                    if index < first + attack { sample *= Float(index - first) / Float(attack) }
                    if index >= last - fade { sample *= Float(last - index) / Float(fade) }
                    leftSamples[index] += sample * left
                    rightSamples[index] += sample * right
                    (x, y) = (a * x - b * y, b * x + a * y)
                    index += 1
                }
            }
        }
    }

    /// The pin leaves the tooth: a breath of bright noise, some milliseconds long.
    private func click(
        at first: Int,
        _ level: Float,
        _ sides: (left: Float, right: Float),
        _ sound: inout StereoSound,
        _ noise: inout SeededRandom
    ) {
        var (strength, before) = (level, Float(0))
        for index in first..<min(sound.frames, first + Int(0.009 * rate)) {
            let now = Float(noise.next(-1...1))
            let bright = (now - before) * strength
            before = now
            strength *= 0.982
            let rise = min(1, Float(index - first) / 30)
            sound.left[index] += bright * sides.left * rise
            sound.right[index] += bright * sides.right * rise
        }
    }
}
