import Glibc

/// The last touch: nothing below what a small loudspeaker can do, a peak of -3 dB, an end without a click.
struct Mastering {
    /// -3 dB below full scale.
    static let peak: Float = 0.7079
    /// What is quieter than this, against the peak, is the end: -66 dB.
    private static let silence: Float = 0.0005
    private static let fadeOut = 0.6

    func finish(_ sound: inout StereoSound) {
        removeRumble(&sound.left)
        removeRumble(&sound.right)
        let gain = Self.peak / max(sound.peak, 1e-6)
        for frame in 0..<sound.frames {
            sound.left[frame] *= gain
            sound.right[frame] *= gain
        }
        let threshold = Self.silence * Self.peak
        var end = sound.frames
        while end > 0, abs(sound.left[end - 1]) < threshold, abs(sound.right[end - 1]) < threshold { end -= 1 }
        let fade = Int(Self.fadeOut * Double(StereoSound.rate))
        let length = min(sound.frames, end + fade)
        sound.left.removeLast(sound.frames - length)
        sound.right.removeLast(sound.right.count - length)
        for frame in max(0, length - fade)..<length {
            let gain = Float(0.5 - 0.5 * cos(Double.pi * Double(length - frame) / Double(fade)))
            sound.left[frame] *= gain
            sound.right[frame] *= gain
        }
    }

    /// A first-order high-pass at 70 Hz.
    private func removeRumble(_ channel: inout [Float]) {
        let keep = Float(exp(-2 * Double.pi * 70 / Double(StereoSound.rate)))
        var (input, output): (Float, Float) = (0, 0)
        for frame in channel.indices {
            output = keep * (output + channel[frame] - input)
            input = channel[frame]
            channel[frame] = output
        }
    }
}
