import Testing

@testable import Audio

@Suite struct AudioSourceTests {
    /// What went in comes out, bit for bit.
    @Test(arguments: [("sound.wav", nil), ("sound.flac", "flac"), ("sound.m4a", "alac")] as [(String, String?)])
    func losslessFormatsAreExact(name: String, codec: String?) async throws {
        guard codec == nil || canEncode else { return }
        try await withWorkbench { bench in
            let samples = Signal.sweep(frames: 100_001)
            let wav = try bench.wav(samples)
            if let codec { try bench.encode(["-i", wav, "-c:a", codec, bench.path(name)]) }
            let decoded = try Signal.decode(bench.path(name))
            #expect(decoded.samples == samples.map { Float($0) / 32768 })
            #expect(decoded.errors == 0)
        }
    }

    /// The delay and the padding of lossy encoders are cut off: as many frames come out as went in, and they lie where
    /// they lay.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [
            ("x.mp3", ["-c:a", "libmp3lame", "-b:a", "192k"], 0), ("v.mp3", ["-c:a", "libmp3lame", "-q:a", "2"], 0),
            ("x.ogg", ["-c:a", "libvorbis"], 0), ("x.m4a", ["-c:a", "aac", "-b:a", "192k"], 50),
        ]
    )
    func lossyFormatsKeepTheirLength(name: String, options: [String], slack: Int) async throws {
        try await withWorkbench { bench in
            let samples = Signal.sweep(frames: 120_077)
            try bench.encode(["-i", try bench.wav(samples)] + options + [bench.path(name)])
            let decoded = try Signal.decode(bench.path(name))
            #expect(abs(decoded.samples.count / 2 - 120_077) <= slack)
            // Aligned, the difference is what the codec lost; one frame off it would be many times that.
            var error: Float = 0
            var power: Float = 0
            for index in 20_000..<120_000 {
                let wanted = Float(samples[index]) / 32768
                error += (decoded.samples[index] - wanted) * (decoded.samples[index] - wanted)
                power += wanted * wanted
            }
            #expect(error / power < 0.01)
        }
    }

    /// Decoding from any sample on gives what decoding from the start gives there.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [
            ("x.flac", ["-c:a", "flac"]), ("x.wav", ["-c:a", "pcm_s16le"]), ("a.m4a", ["-c:a", "alac"]),
            ("c.mp3", ["-c:a", "libmp3lame", "-b:a", "128k"]), ("v.mp3", ["-c:a", "libmp3lame", "-q:a", "4"]),
            ("n.mp3", ["-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"]), ("x.ogg", ["-c:a", "libvorbis"]),
            ("x.m4a", ["-c:a", "aac"]), ("x.opus", ["-c:a", "libopus", "-b:a", "128k"]),
        ]
    )
    func seeksAreExact(name: String, options: [String]) async throws {
        try await withWorkbench { bench in
            // Opus knows one rate only.
            let rate = name == "x.opus" ? 48_000 : 44_100
            let wav = try bench.wav(Signal.sweep(frames: rate * 8, rate: rate), rate: rate)
            try bench.encode(["-i", wav] + options + [bench.path(name)])
            let whole = try Signal.decode(bench.path(name), rate: rate)
            for sample in [0, 1, 5000, 44_100, 100_003, 200_000, 300_001, 350_000] as [Int64] {
                let part = try Signal.decode(bench.path(name), from: sample, rate: rate)
                #expect(part.start == sample)
                let wanted = whole.samples.dropFirst(Int(sample) * 2)
                #expect(part.samples.count == wanted.count, "from \(sample)")
                // AAC fills bands with noise that is made anew each time: a hundredth of the power. Misplaced by one
                // sample, this signal differs by a third of it.
                let difference = zip(part.samples, wanted).prefix(20_000).reduce(0) {
                    $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
                }
                let power = wanted.prefix(20_000).reduce(0) { $0 + $1 * $1 }
                // Opus' decoder converges over its pre-roll.
                let slack: Float = name == "x.m4a" ? 0.01 : name == "x.opus" ? 1e-3 : 1e-8
                #expect(difference <= power * slack, "from \(sample)")
            }
        }
    }

    /// An MP3 has no exact index: places are computed, remembered or found by walking. However a place was found, it is
    /// the one that FFmpeg counts to.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [
            ["-b:a", "128k"], ["-q:a", "5"], ["-q:a", "5", "-write_xing", "0"], ["-b:a", "64k", "-ar", "22050"],
        ]
    )
    func mp3PlacesAreExact(options: [String]) async throws {
        try await withWorkbench { bench in
            let samples = Signal.sweep(frames: 44_100 * 4) + [Int16](repeating: 0, count: 44_100 * 40)
            let wav = try bench.wav(samples + Signal.sweep(frames: 44_100 * 6))
            try bench.encode(["-i", wav, "-c:a", "libmp3lame"] + options + [bench.path("x.mp3")])
            let bytes = try bench.read("x.mp3")
            // Walk all frames from the first header on that is followed by others.
            func header(_ offset: Int) -> MP3FrameHeader? {
                bytes.withUnsafeBytes { raw in
                    offset + 4 <= raw.count ? MP3FrameHeader(raw[offset..<offset + 4]) : nil
                }
            }
            let start = try #require(
                bytes.indices.first { offset in header(offset).map { header(offset + $0.size) != nil } ?? false }
            )
            var offsets = [start]
            while let next = header(offsets[offsets.count - 1]) {
                offsets.append(offsets[offsets.count - 1] + next.size)
            }
            #expect(offsets.count > 1000)
            let index = try #require(MP3Index(path: bench.path("x.mp3"), start: start) { false })
            for number in [900, 0, 1, 2, 901, 500, 13, 899, 1000] {
                let found = index.find(number)
                #expect(found?.0 == MP3Index.Place(number: number, offset: offsets[number]))
                #expect(found?.next == MP3Index.Place(number: number + 1, offset: offsets[number + 1]))
            }
            #expect(index.find(1_000_000) == nil)
        }
    }

    @Test(arguments: [(1, 44_100), (2, 48_000), (6, 44_100), (1, 8000), (3, 44_100), (8, 96_000)])
    func everyLayoutAndRateBecomesStereo(channels: Int, rate: Int) async throws {
        try await withWorkbench { bench in
            let frames = rate
            let mono = Signal.sweep(frames: frames, rate: rate)
            let samples = (0..<frames).flatMap { frame in
                [Int16](repeating: mono[2 * frame] / 4, count: channels)
            }
            let path = try bench.wav(samples, channels: channels, rate: rate)
            let decoded = try Signal.decode(path)
            #expect(abs(decoded.samples.count / 2 - 44_100) <= 2)
            #expect((decoded.samples.map { abs($0) }.max() ?? 0) <= 1)
            // Both sides sound.
            for side in 0..<2 {
                let loudest = stride(from: side, to: decoded.samples.count, by: 2).map { abs(decoded.samples[$0]) }
                    .max()
                #expect((loudest ?? 0) > 0.02)
            }
            if channels == 1, rate == 44_100 {
                // One channel goes to both sides unchanged.
                let left = stride(from: 0, to: decoded.samples.count, by: 2).map { decoded.samples[$0] }
                let right = stride(from: 1, to: decoded.samples.count, by: 2).map { decoded.samples[$0] }
                #expect(left == samples.map { Float($0) / 32768 })
                #expect(left == right)
            }
        }
    }

    /// The same file in two halves, through a converter that changes the rate, is the whole: not even the resampler's
    /// filter notices the seam.
    @Test func sameConverterJoinsSeamlessly() async throws {
        try await withWorkbench { bench in
            let samples = Signal.sweep(frames: 60_000, rate: 48_000)
            let whole = try Signal.decode(try bench.wav(samples, rate: 48_000))
            let halves = [
                try bench.wav(Array(samples[..<50_002]), rate: 48_000, name: "1.wav"),
                try bench.wav(Array(samples[50_002...]), rate: 48_000, name: "2.wav"),
            ]
            let converter = FrameConverter(outputRate: 44_100)
            var joined: [Float] = []
            for half in halves {
                let source = try AudioSource(path: half, interrupt: Interrupt())
                while try source.advance() == .samples {
                    while source.offset < source.count {
                        let count = source.count - source.offset
                        source.consume(
                            try converter.convert(source.frame, offset: source.offset, count: count, path: half)
                        )
                    }
                }
            }
            converter.drain()
            joined += UnsafeBufferPointer(start: converter.samples, count: converter.count * 2)
            #expect(joined == whole.samples)
        }
    }
}
