import CALSA

/// Turns stereo Float32 frames into what the device takes.
///
/// A 16-bit source came in as `sample / 32768`, so rounding `x * 32768` gives it back bit for bit.
struct SampleEncoder {
    enum Encoding: Equatable, CaseIterable {
        case s16
        case s32
        /// 24 bits in 3 bytes.
        case s24Packed
        /// 24 bits in the lower part of 4 bytes.
        case s24
        case float

        /// In the order they are asked for: 16 bits first, which is what nearly all files hold.
        var alsaFormat: snd_pcm_format_t {
            switch self {
            case .s16: SND_PCM_FORMAT_S16_LE
            case .s32: SND_PCM_FORMAT_S32_LE
            case .s24Packed: SND_PCM_FORMAT_S24_3LE
            case .s24: SND_PCM_FORMAT_S24_LE
            case .float: SND_PCM_FORMAT_FLOAT_LE
            }
        }

        var bytesPerSample: Int {
            switch self {
            case .s16: 2
            case .s24Packed: 3
            case .s32, .s24, .float: 4
            }
        }
    }

    let encoding: Encoding
    /// Of the device: 1 gets the mean of both sides, more than 2 get silence beyond the first two.
    let channels: Int
    private var noise: UInt32 = 0x9e37_79b9

    init(encoding: Encoding, channels: Int) {
        self.encoding = encoding
        self.channels = channels
    }

    var bytesPerFrame: Int { encoding.bytesPerSample * channels }

    /// - Parameters:
    ///   - isExact: samples passed without gain. Otherwise 16 bits get triangular dither of one step, which turns the
    ///     distortion of quiet passages into a constant faint hiss.
    mutating func encode(
        _ source: UnsafePointer<Float>,
        frames: Int,
        isExact: Bool,
        into target: UnsafeMutableRawPointer
    ) {
        if channels == 2, encoding == .s16 {
            let samples = target.assumingMemoryBound(to: Int16.self)
            if isExact {
                for index in 0..<frames * 2 { samples[index] = Self.int16(source[index]) }
            } else {
                for index in 0..<frames * 2 { samples[index] = Self.int16(source[index] + dither(source[index])) }
            }
            return
        }
        var output = target
        for frame in 0..<frames {
            let left = source[2 * frame]
            let right = source[2 * frame + 1]
            for channel in 0..<channels {
                let value: Float
                switch channel {
                case 0: value = channels == 1 ? (left + right) / 2 : left
                case 1: value = right
                default: value = 0
                }
                store(isExact || encoding != .s16 ? value : value + dither(value), at: output)
                output += encoding.bytesPerSample
            }
        }
    }

    private func store(_ value: Float, at target: UnsafeMutableRawPointer) {
        switch encoding {
        case .s16: target.storeBytes(of: Self.int16(value), as: Int16.self)
        case .s32: target.storeBytes(of: Self.int32(value), as: Int32.self)
        case .s24: target.storeBytes(of: Self.int24(value), as: Int32.self)
        case .s24Packed:
            let bits = Self.int24(value)
            target.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
            target.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 8), toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 16), toByteOffset: 2, as: UInt8.self)
        case .float: target.storeBytes(of: value, as: Float.self)
        }
    }

    /// Triangular noise of +-1 step of 16 bits; none on digital silence, which stays silent.
    private mutating func dither(_ sample: Float) -> Float {
        let first = random()
        let second = random()
        return sample == 0 ? 0 : (first - second) / 32768
    }

    /// 0..<1.
    private mutating func random() -> Float {
        // Marsaglia's xorshift32: three shifts, and white enough for noise.
        noise ^= noise << 13
        noise ^= noise >> 17
        noise ^= noise << 5
        return Float(noise >> 8) * 0x1p-24
    }

    /// Rounds to nearest, ties to even, by pushing the fraction out of a Float's 24 bits: vectorises where `rounded()`
    /// is a call per sample (x86-64 without SSE4.1).
    @inline(__always)
    private static func int16(_ sample: Float) -> Int16 {
        // Not a number becomes full scale by min/max order, never undefined behaviour.
        let scaled = min(max(sample * 32768, -32768), 32767)
        return Int16(truncatingIfNeeded: (scaled + 0x1.8p23).bitPattern)
    }

    @inline(__always)
    private static func int24(_ sample: Float) -> Int32 {
        Int32((min(max(sample, -1), 1) * 0x1p23).rounded().clamped(to: -0x1p23, 0x1p23 - 1))
    }

    @inline(__always)
    private static func int32(_ sample: Float) -> Int32 {
        let scaled = Double(min(max(sample, -1), 1)) * 0x1p31
        return Int32(min(max(scaled, -0x1p31), 0x1p31 - 1))
    }
}

extension Float {
    @inline(__always)
    fileprivate func clamped(to lower: Float, _ upper: Float) -> Float {
        Swift.min(Swift.max(self, lower), upper)
    }
}
