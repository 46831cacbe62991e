import Glibc

/// A second-order band-pass filter, peak gain 1 (R. Bristow-Johnson, Audio EQ Cookbook).
struct Resonator {
    private let b0, a1, a2: Float
    private var (x1, x2, y1, y2): (Float, Float, Float, Float) = (0, 0, 0, 0)

    init(frequency: Double, q: Double) {
        let turn = 2 * Double.pi * frequency / Double(StereoSound.rate)
        let alpha = sin(turn) / (2 * q)
        b0 = Float(alpha / (1 + alpha))
        a1 = Float(-2 * cos(turn) / (1 + alpha))
        a2 = Float((1 - alpha) / (1 + alpha))
    }

    mutating func step(_ x: Float) -> Float {
        let y = b0 * (x - x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, x, y1, y)
        return y
    }
}
