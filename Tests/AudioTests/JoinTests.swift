import Testing

@testable import Audio

/// One sound cut in two files of any format and rate is one sound again.
@Suite(.enabled(if: canEncode, "the ffmpeg program makes the files")) struct JoinTests {
    private static let formats: [(name: String, options: [String], rate: Int, slack: Float)] = [
        ("wav", ["-c:a", "pcm_s16le"], 44_100, 1e-6), ("flac", ["-c:a", "flac"], 48_000, 1e-5),
        ("m4a", ["-c:a", "alac"], 96_000, 1e-5), ("mp3", ["-c:a", "libmp3lame", "-q:a", "0"], 44_100, 0.02),
        ("ogg", ["-c:a", "libvorbis", "-q:a", "8"], 32_000, 0.02),
        ("opus", ["-c:a", "libopus", "-b:a", "256k"], 48_000, 0.02),
        ("mp4", ["-c:a", "aac", "-b:a", "256k"], 48_000, 0.02),
    ]

    /// Each format followed by each other one: no sample too many or too few, and nothing at the seam but what the codec
    /// itself does to a beginning and an end.
    @Test(arguments: formats.indices) func everyFormatFollowsEveryOther(first: Int) async throws {
        try await withWorkbench { bench in
            let seconds = 2
            for (index, format) in Self.formats.enumerated() {
                // One chirp across both files, each half sampled at its own rate.
                let whole = Signal.chirp(seconds: 2 * seconds, rate: format.rate)
                let half = seconds * format.rate * 2
                for (side, samples) in [Array(whole[..<half]), Array(whole[half...])].enumerated()
                where side == 1 || index == first {
                    let wav = try bench.wav(samples, rate: format.rate)
                    try bench.encode(["-i", wav] + format.options + [bench.path("\(index).\(side).\(format.name)")])
                }
            }
            let wanted = Signal.chirp(seconds: 2 * seconds, rate: 44_100).map { Float($0) / 32768 }
            for (index, format) in Self.formats.enumerated() {
                let before = Self.formats[first]
                let heard = try Signal.decode(joining: [
                    bench.path("\(first).0.\(before.name)"), bench.path("\(index).1.\(format.name)"),
                ])
                // The encoder of FFmpeg does not tell how its last AAC frame is padded.
                let isPadded = format.name == "mp4" || before.name == "mp4"
                #expect(abs(heard.count - wanted.count) <= (isPadded ? 2 * 64 : 2), "\(before.name), \(format.name)")
                let seam = wanted.count / 2
                let slack = max(before.slack, format.slack)
                for window in [seam - 8820..<seam - 882, seam - 882..<seam + 882, seam + 882..<seam + 8820] {
                    let difference = window.reduce(0) { $0 + (heard[$1] - wanted[$1]) * (heard[$1] - wanted[$1]) }
                    let power = window.reduce(0) { $0 + wanted[$1] * wanted[$1] }
                    // At the seam a resampler has only one side to look at.
                    let isSeam = window.contains(seam)
                    #expect(
                        difference <= power * (isSeam ? max(slack * 2, 0.01) : slack),
                        "\(before.name), \(format.name): \(difference / power) at \(window)"
                    )
                }
            }
        }
    }
}
