import FoundationEssentials

/// 16-bit PCM in a RIFF file (Microsoft, Multimedia Programming Interface 1.0).
enum WaveFile {
    static func data(of sound: StereoSound) -> Data {
        var bytes: [UInt8] = []
        let size = sound.frames * 4
        bytes.reserveCapacity(44 + size)
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: "RIFF".utf8)
        append(UInt32(36 + size))
        bytes.append(contentsOf: "WAVEfmt ".utf8)
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(2))
        append(UInt32(StereoSound.rate))
        append(UInt32(StereoSound.rate * 4))
        append(UInt16(4))
        append(UInt16(16))
        bytes.append(contentsOf: "data".utf8)
        append(UInt32(size))
        // Triangular dither of one step, so that the end fades into noise and not into steps.
        var dither = SeededRandom(seed: 1)
        for frame in 0..<sound.frames {
            for sample in [sound.left[frame], sound.right[frame]] {
                let random = dither.next()
                let noise = (Float(random & 0xFFFF) - Float(random >> 16 & 0xFFFF)) / 65_536
                append(Int16(max(-32_767, min(32_767, (sample * 32_767 + noise).rounded()))))
            }
        }
        return Data(bytes)
    }
}
