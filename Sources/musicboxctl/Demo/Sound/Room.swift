import Glibc

/// The wooden box around the comb and the small room around the box.
///
/// The room is a feedback delay network: eight delays, mixed into each other by a Householder reflection, which keeps
/// the energy, and losing a little at each round, the high tones more (Jot, 1991).
struct Room {
    /// Samples; primes, so that the echoes never fall together.
    private static let delays = [1259, 1381, 1523, 1667, 1801, 1993, 2179, 2393]
    /// First reflections: samples, and how much of them comes back on each side.
    private static let walls: [(delay: Int, left: Float, right: Float)] = [
        (331, 0.22, 0.10), (467, 0.09, 0.20), (709, 0.14, 0.07), (953, 0.05, 0.12),
    ]
    /// Seconds in which the sound of the room falls by 60 dB.
    private static let reverberation = 1.15
    private static let wet: Float = 0.30
    private static let wood: [(frequency: Double, q: Double, level: Float)] = [(410, 1.6, 0.35), (980, 2.2, 0.22)]

    func place(_ sound: inout StereoSound) {
        addWood(&sound.left)
        addWood(&sound.right)
        addRoom(&sound)
    }

    private func addWood(_ channel: inout [Float]) {
        var panels = Self.wood.map { (Resonator(frequency: $0.frequency, q: $0.q), $0.level) }
        channel.withUnsafeMutableBufferPointer { samples in
            for index in samples.indices {
                let dry = samples[index]
                for panel in panels.indices { samples[index] += panels[panel].0.step(dry) * panels[panel].1 }
            }
        }
    }

    private func addRoom(_ sound: inout StereoSound) {
        let count = Self.delays.count
        let losses = Self.delays.map {
            Float(pow(10, -3 * Double($0) / (Self.reverberation * Double(StereoSound.rate))))
        }
        let offsets = Self.delays.indices.map { Self.delays[..<$0].reduce(0, +) }
        var line = [Float](repeating: 0, count: Self.delays.reduce(0, +))
        var places = [Int](repeating: 0, count: count)
        var damped = [Float](repeating: 0, count: count)
        var out = [Float](repeating: 0, count: count)
        let dry = sound
        for frame in 0..<sound.frames {
            var sum: Float = 0
            for index in 0..<count {
                let echo = line[offsets[index] + places[index]]
                damped[index] += 0.62 * (echo * losses[index] - damped[index])
                out[index] = damped[index]
                sum += out[index]
            }
            let reflection = sum * 2 / Float(count)
            var (left, right): (Float, Float) = (0, 0)
            for index in 0..<count {
                let input = index.isMultiple(of: 2) ? dry.left[frame] : dry.right[frame]
                line[offsets[index] + places[index]] = input * 0.35 + out[index] - reflection
                places[index] += 1
                if places[index] == Self.delays[index] { places[index] = 0 }
                let sign: Float = index & 2 == 0 ? 1 : -1
                if index.isMultiple(of: 2) { left += out[index] * sign } else { right += out[index] * sign }
            }
            for wall in Self.walls where frame >= wall.delay {
                let bounced = (dry.left[frame - wall.delay] + dry.right[frame - wall.delay]) * 0.5
                sound.left[frame] += bounced * wall.left
                sound.right[frame] += bounced * wall.right
            }
            sound.left[frame] += left * Self.wet
            sound.right[frame] += right * Self.wet
        }
    }
}
