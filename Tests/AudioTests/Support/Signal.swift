import Glibc

@testable import Audio

/// Test sounds. Stereo, interleaved; noise makes every place of it unlike any other.
enum Signal {
    static func sweep(frames: Int, rate: Int = 44_100) -> [Int16] {
        var noise = UInt64(7)
        var samples: [Int16] = []
        samples.reserveCapacity(frames * 2)
        for frame in 0..<frames {
            let time = Double(frame) / Double(rate)
            let tone = 0.4 * sin(2 * .pi * (220 * time + 300 * time * time))
            for side in 0..<2 {
                noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let hiss = Double(noise >> 40) / Double(1 << 24) - 0.5
                samples.append(Int16((tone * (side == 0 ? 1 : 0.7) + 0.02 * hiss) * 20_000))
            }
        }
        return samples
    }

    /// Decodes all of a file, or its rest from a sample on, to stereo Float32.
    static func decode(_ path: String, from sample: Int64? = nil, rate: Int = 44_100) throws -> (
        start: Int64, samples: [Float], errors: Int
    ) {
        let source = try AudioSource(path: path, interrupt: Interrupt())
        let converter = FrameConverter(outputRate: rate)
        if let sample { try source.seek(to: sample) }
        var start: Int64?
        var samples: [Float] = []
        func collect() {
            samples += UnsafeBufferPointer(start: converter.samples, count: converter.count * 2)
            converter.consume(converter.count)
        }
        while try source.advance() == .samples {
            start = start ?? source.position
            while source.offset < source.count {
                source.consume(
                    try converter.convert(
                        source.frame,
                        offset: source.offset,
                        count: source.count - source.offset,
                        path: path
                    )
                )
                collect()
            }
        }
        converter.drain()
        collect()
        return (start ?? source.position, samples, source.errors)
    }
}
