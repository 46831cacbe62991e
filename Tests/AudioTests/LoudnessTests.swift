import Glibc
import Testing

@testable import Audio

@Suite struct GainTagsTests {
    private func loudness(_ tags: [String: String]) -> Loudness? { GainTags.loudness { tags[$0] } }

    @Test(arguments: [
        ("-6.30 dB", -11.7), ("+2.5 dB", -20.5), (" 0.00 dB", -18), ("-6,30 dB", -11.7), ("4", -22),
    ])
    func replayGainCountsFromItsLevel(gain: String, integrated: Double) throws {
        let found = try #require(loudness(["REPLAYGAIN_TRACK_GAIN": gain]))
        #expect(abs(try #require(found.integrated) - integrated) < 1e-9)
        #expect(found.truePeak == nil)
    }

    @Test func peakIsALinearFactor() throws {
        let found = loudness(["REPLAYGAIN_TRACK_GAIN": "-1 dB", "REPLAYGAIN_TRACK_PEAK": "0.5"])
        #expect(abs(try #require(found?.truePeak) + 6.0206) < 1e-3)
    }

    /// A file that says such things says nothing.
    @Test(arguments: ["", "dB", "nan", "inf", "-999 dB", "1e9", "--3", "-51.00.2 dB"])
    func nonsenseIsNoTag(gain: String) {
        #expect(loudness(["REPLAYGAIN_TRACK_GAIN": gain]) == nil)
    }

    @Test(arguments: ["nan", "0", "-1", "1e30", "17"])
    func nonsenseIsNoPeak(peak: String) {
        #expect(loudness(["REPLAYGAIN_TRACK_GAIN": "-1 dB", "REPLAYGAIN_TRACK_PEAK": peak])?.truePeak == nil)
    }

    @Test func r128IsFixedPointAndGoesFirst() {
        let tags = ["R128_TRACK_GAIN": "-512", "REPLAYGAIN_TRACK_GAIN": "-9 dB"]
        #expect(loudness(tags)?.integrated == -21)
        #expect(loudness(["R128_TRACK_GAIN": "40000"]) == nil)
    }
}

@Suite struct LoudnessMeterTests {
    /// EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS reads -23 LUFS.
    @Test func readsTheReferenceTone() throws {
        guard let meter = LoudnessMeter(rate: 48_000) else { throw NoMeter() }
        let level = Float(pow(10, -23.0 / 20))
        let tone = (0..<48_000).flatMap { frame -> [Float] in
            let value = level * Float(sin(2 * .pi * 1000 * Double(frame) / 48_000))
            return [value, value]
        }
        for _ in 0..<20 { meter.add(tone, count: 48_000) }
        let found = meter.loudness
        #expect(abs(try #require(found.integrated) + 23) < 0.1)
        #expect(abs(try #require(found.truePeak) + 23) < 0.4)
    }

    @Test func silenceHasNoLoudness() throws {
        guard let meter = LoudnessMeter(rate: 44_100) else { throw NoMeter() }
        meter.add([Float](repeating: 0, count: 88_200), count: 44_100)
        #expect(meter.loudness == Loudness(integrated: nil, truePeak: -120))
    }

    @Test func aFileIsMeasuredToItsEnd() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 3 * 44_100))
            let whole = try AudioFile.measureLoudness(path: path) { false }
            let integrated = try #require(whole.integrated)
            #expect((-25 ... -8).contains(integrated))
            #expect(throws: AudioError.self) { try AudioFile.measureLoudness(path: path) { true } }
        }
    }

    @Test(.enabled(if: canEncode))
    func tagsGoOverTheMeasured() async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode(["-i", wav, "-metadata", "REPLAYGAIN_TRACK_GAIN=-3.00 dB", bench.path("a.flac")])
            let found = try AudioFile.measureLoudness(path: bench.path("a.flac")) { false }
            #expect(found.integrated == -15)
            #expect(try #require(found.truePeak) < 0)
            #expect(
                try AudioFile.probe(path: bench.path("a.flac")).loudness == Loudness(integrated: -15, truePeak: nil)
            )
        }
    }
}

/// `#require` takes no value that cannot be copied.
private struct NoMeter: Error {}
