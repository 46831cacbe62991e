import Testing

@testable import Audio

@Suite struct VolumeTests {
    @Test(arguments: [(-5, 0), (0, 0), (10, 0.001), (50, 0.125), (100, 1), (250, 1)] as [(Int, Float)])
    func curveIsCubic(percent: Int, gain: Float) {
        #expect(abs(Volume.gain(percent: percent, muted: false) - gain) < 1e-6)
        #expect(Volume.gain(percent: percent, muted: true) == 0)
    }

    @Test func fullVolumeIsExactlyUnity() {
        #expect(Volume.gain(percent: 100, muted: false) == 1)
    }
}

@Suite struct RampTests {
    private func apply(_ ramp: inout Ramp, frames: Int) -> [Float] {
        var block = [Float](repeating: 1, count: frames * 2)
        block.withUnsafeMutableBufferPointer { ramp.apply(to: $0.baseAddress!, count: frames) }
        return stride(from: 0, to: block.count, by: 2).map { block[$0] }
    }

    @Test func fadesInWithinFiveMilliseconds() {
        var ramp = Ramp(rate: 48_000, gain: 1)
        ramp.fadeIn()
        #expect(ramp.framesToRest == 240)
        let values = apply(&ramp, frames: 240)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(values.first! < 0.01 && values.last! > 0.999)
        #expect(ramp.isTransparent)
        #expect(apply(&ramp, frames: 4) == [1, 1, 1, 1])
    }

    /// However few frames are left, the ramp reaches silence with the last one.
    @Test(arguments: [(10_000, 480), (480, 480), (100, 100), (7, 7), (1, 1)])
    func fadesOutWithinWhatIsLeft(available: Int, needed: Int) {
        var ramp = Ramp(rate: 48_000, gain: 1)
        ramp.open()
        let frames = ramp.fadeOut(available: available)
        #expect(abs(frames - needed) <= 1)
        let values = apply(&ramp, frames: frames)
        #expect(values.last == 0)
        #expect(ramp.envelope == 0)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(ramp.fadeOut(available: 100) == 0)
    }

    /// The steepest step of a full fade is far below that of a click.
    @Test func rampsHaveNoSteps() {
        var ramp = Ramp(rate: 44_100, gain: 1)
        ramp.open()
        let values = apply(&ramp, frames: 10) + apply(&ramp, frames: ramp.fadeOut(available: 10_000))
        let step = zip(values, values.dropFirst()).map { abs($0 - $1) }.max()!
        #expect(step < 0.005)
    }

    @Test func volumeGlides() {
        var ramp = Ramp(rate: 44_100, gain: 1)
        ramp.open()
        ramp.setGain(0.25)
        let values = apply(&ramp, frames: 883)
        #expect(values.last == 0.25)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 && $0 - $1 < 0.001 })
        #expect(!ramp.isTransparent)
        ramp.setGain(1)
        _ = apply(&ramp, frames: 883)
        #expect(ramp.isTransparent)
    }

    /// Its steps are lost in a Float.
    @Test func theSmallestChangeOfVolumeEnds() {
        var ramp = Ramp(rate: 192_000, gain: 1)
        ramp.open()
        ramp.setGain(Float(1).nextDown)
        #expect(!ramp.isAtRest)
        _ = apply(&ramp, frames: 1)
        #expect(ramp.isAtRest && ramp.gain == Float(1).nextDown)
    }

    @Test func resumingInTheMiddleOfAFadeGoesBackUp() {
        var ramp = Ramp(rate: 44_100, gain: 1)
        ramp.open()
        _ = ramp.fadeOut(available: 10_000)
        let down = apply(&ramp, frames: 200)
        ramp.fadeIn()
        let up = apply(&ramp, frames: 220)
        #expect(abs(down.last! - up.first!) < 0.02)
        #expect(ramp.envelope == 1)
    }
}

@Suite struct SampleEncoderTests {
    private func encode(_ samples: [Float], _ encoder: SampleEncoder, isExact: Bool) -> [UInt8] {
        var encoder = encoder
        let frames = samples.count / 2
        var bytes = [UInt8](repeating: 0xaa, count: frames * encoder.bytesPerFrame)
        bytes.withUnsafeMutableBytes { target in
            encoder.encode(samples, frames: frames, isExact: isExact, into: target.baseAddress!)
        }
        return bytes
    }

    /// Every 16-bit value comes out as it went in.
    @Test func sixteenBitsPassUnchanged() {
        let values = (Int(Int16.min)...Int(Int16.max)).map { Int16($0) }
        let bytes = encode(values.map { Float($0) / 32768 }, SampleEncoder(encoding: .s16, channels: 2), isExact: true)
        let back = bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        #expect(back == values)
    }

    private static let edges: [(Float, Int16)] = [
        (1, .max), (1.5, .max), (-1, .min), (-7, .min), (.infinity, .max), (-.infinity, .min), (0, 0),
        (0x1p-16, 0), (0x3p-16, 2), (-0x1p-16, 0),
    ]

    @Test(arguments: edges)
    func sixteenBitsRoundAndSaturate(sample: Float, expected: Int16) {
        let bytes = encode([sample, sample], SampleEncoder(encoding: .s16, channels: 2), isExact: true)
        let back = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int16.self) }
        #expect(back == expected)
    }

    @Test(arguments: SampleEncoder.Encoding.allCases, [1, 2, 6])
    func everyFormatCarriesTheValue(encoding: SampleEncoder.Encoding, channels: Int) {
        let encoder = SampleEncoder(encoding: encoding, channels: channels)
        let bytes = encode([0.5, -0.25], encoder, isExact: true)
        #expect(bytes.count == encoder.bytesPerFrame)
        func value(_ channel: Int) -> Float {
            let offset = channel * encoding.bytesPerSample
            return bytes.withUnsafeBytes { raw in
                switch encoding {
                case .s16: Float(raw.loadUnaligned(fromByteOffset: offset, as: Int16.self)) / 0x1p15
                case .s32: Float(raw.loadUnaligned(fromByteOffset: offset, as: Int32.self)) / 0x1p31
                case .s24: Float(raw.loadUnaligned(fromByteOffset: offset, as: Int32.self)) / 0x1p23
                case .s24Packed:
                    Float(
                        Int32(raw[offset]) << 8 | Int32(raw[offset + 1]) << 16
                            | Int32(bitPattern: UInt32(raw[offset + 2]) << 24)
                    ) / 0x1p31
                case .float: raw.loadUnaligned(fromByteOffset: offset, as: Float.self)
                }
            }
        }
        let expected: [Float] = channels == 1 ? [0.125] : [0.5, -0.25] + [Float](repeating: 0, count: channels - 2)
        #expect((0..<channels).map(value) == expected)
    }

    @Test func ditherLeavesSilenceSilent() {
        let encoder = SampleEncoder(encoding: .s16, channels: 2)
        #expect(encode([Float](repeating: 0, count: 2000), encoder, isExact: false).allSatisfy { $0 == 0 })
        let quiet = encode([Float](repeating: 0.3 / 32768, count: 20_000), encoder, isExact: false)
        let values = quiet.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        let mean = Float(values.reduce(0) { $0 + Int($1) }) / Float(values.count)
        // A third of a step survives as a mean, where rounding alone would lose it.
        #expect(abs(mean - 0.3) < 0.05)
    }
}
