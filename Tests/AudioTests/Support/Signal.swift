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

    /// A tone that rises from 200 Hz, smooth enough to be the same at any rate. Int16, stereo.
    static func chirp(seconds: Int, rate: Int) -> [Int16] {
        (0..<seconds * rate).flatMap { frame in
            let time = Double(frame) / Double(rate)
            let phase = 2 * .pi * (200 * time + 150 * time * time)
            return [Int16(15_000 * sin(phase)), Int16(12_000 * sin(phase + 1))]
        }
    }

    /// What is heard when files follow each other without a gap: by the same steps as the decoder thread's.
    static func decode(joining paths: [String], rate: Int = 44_100) throws -> [Float] {
        let converter = FrameConverter(outputRate: rate)
        for path in paths {
            let source = try AudioSource(path: path, interrupt: Interrupt())
            while try source.advance() == .samples {
                if !converter.accepts(source.frame) { converter.drain() }
                while source.offset < source.count {
                    let count = source.count - source.offset
                    source.consume(
                        try converter.convert(source.frame, offset: source.offset, count: count, path: path)
                    )
                }
            }
        }
        converter.drain()
        return Array(UnsafeBufferPointer(start: converter.samples, count: converter.count * 2))
    }

    /// What a source still gives, at its own rate.
    static func decode(_ source: AudioSource) throws -> [Float] {
        let converter = FrameConverter(outputRate: source.rate)
        var samples: [Float] = []
        while try source.advance() == .samples {
            while source.offset < source.count {
                let count = source.count - source.offset
                source.consume(try converter.convert(source.frame, offset: source.offset, count: count, path: ""))
                samples += UnsafeBufferPointer(start: converter.samples, count: converter.count * 2)
                converter.consume(converter.count)
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
