import Damage
import Glibc
import Testing

@testable import Audio

/// Damaged and hostile files. The benchmarks try thousands of each kind; these are a few seconds of it.
@Suite(.enabled(if: canEncode, "the ffmpeg program makes the files")) struct DamageTests {
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// No crash, and no long work, whatever was done to the file.
    @Test(arguments: [
        ("mp3", ["-c:a", "libmp3lame", "-q:a", "4"]), ("flac", ["-c:a", "flac"]), ("wav", ["-c:a", "pcm_s16le"]),
        ("ogg", ["-c:a", "libvorbis"]), ("opus", ["-c:a", "libopus"]), ("m4a", ["-c:a", "aac"]),
        ("mp4", ["-c:a", "alac"]), ("mka", ["-c:a", "libopus"]),
    ])
    func damagedFilesAreSurvived(name: String, options: [String]) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode(["-i", wav] + options + [bench.path("good." + name)])
            let good = try bench.read("good." + name)
            var played = 0
            for number in 0..<40 as Range<UInt64> {
                let path = try bench.write(Damage.apply(number, to: good), to: "damaged." + name)
                let begin = Self.processorSeconds()
                _ = try? AudioFile.probe(path: path)
                if let report = try? AudioFile.decode(path: path), report.frames > 0 { played += 1 }
                _ = try? AudioFile.timeToSound(path: path, positionMs: 500)
                #expect(Self.processorSeconds() - begin < 2, "number \(number)")
            }
            // Some damage leaves something to hear.
            #expect(played > 2)
        }
    }

    @Test func coversAndTagsBeyondTheirLimitAreLeftOut() async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode(["-i", wav, "-c:a", "libmp3lame", "-metadata", "title=Mond", bench.path("s.mp3")])
            try bench.encode(["-i", wav, "-c:a", "flac", "-metadata", "title=Mond", bench.path("s.flac")])
            let (mp3, flac) = (try bench.read("s.mp3"), try bench.read("s.flac"))
            let cases: [(String, [UInt8], String?)] = [
                ("a.mp3", Oversize.id3(frame: "APIC", bytes: 12 << 20) + mp3, nil),
                ("b.mp3", Oversize.id3(frame: "TIT2", bytes: 10 << 20) + mp3, nil),
                ("c.flac", Oversize.flac(flac, blocks: 4, of: 6, bytes: 5 << 20), "Mond"),
                ("d.flac", Oversize.flac(flac, blocks: 2, of: 4, bytes: 2 << 20), "Mond"),
            ]
            for (name, bytes, title) in cases {
                let path = try bench.write(bytes, to: name)
                let metadata = try AudioFile.probe(path: path)
                #expect(abs(metadata.durationMs - 1000) < 60, "\(name)")
                #expect(metadata.cover?.bytes.count ?? 0 <= 8 << 20, "\(name)")
                if let title { #expect(metadata.title == title, "\(name)") }
                #expect(try AudioFile.decode(path: path).frames >= 44_000, "\(name)")
                #expect(abs(try AudioFile.timeToSound(path: path, positionMs: 500).positionMs - 500) <= 1, "\(name)")
            }
        }
    }

    /// A tag that says it is 200 MB long in a file that is: nothing of it is read.
    @Test func aHugeTagIsPassedOver() async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode(["-i", wav, "-c:a", "libmp3lame", "-id3v2_version", "0", bench.path("s.mp3")])
            let mp3 = try bench.read("s.mp3")
            let head = Oversize.id3(frame: "APIC", bytes: 200 << 20, isCut: true)
            let path = try bench.write(head, to: "huge.mp3")
            let file = open(path, O_WRONLY)
            defer { close(file) }
            // A hole in the file stands for the picture.
            let place = off_t((200 << 20) + 20)
            try #require(pwrite(file, mp3, mp3.count, place) == mp3.count)
            let input = try FileInput(path: path, interrupt: Interrupt())
            #expect(input.skipped >= 200 << 20)
            #expect(try AudioFile.decode(path: path).frames >= 44_000)
        }
    }
}
