import Glibc
import Testing

@testable import Audio

@Suite struct AudioFileTests {
    @Test func readsAWav() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 66_150))
            let metadata = try AudioFile.probe(path: path)
            #expect(metadata.durationMs == 1500)
            #expect(metadata.sampleRate == 44_100 && metadata.channels == 2)
            #expect(metadata.container == "wav" && metadata.title == nil && metadata.cover == nil)
            let report = try AudioFile.decode(path: path)
            #expect(report.frames == 66_150 && report.durationMs == 1500 && report.errors == 0)
        }
    }

    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [("x.mp3", "libmp3lame"), ("x.flac", "flac"), ("x.ogg", "libvorbis"), ("x.m4a", "aac")]
    )
    func readsTags(name: String, codec: String) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode([
                "-i", wav, "-c:a", codec, "-metadata", "title=Der Mond ♫", "-metadata", "artist= Ännchen\n",
                "-metadata", "album=Lieder", "-metadata", "track=7/12", bench.path(name),
            ])
            let metadata = try AudioFile.probe(path: bench.path(name))
            #expect(metadata.title == "Der Mond ♫")
            #expect(metadata.artist == "Ännchen")
            #expect(metadata.album == "Lieder")
            #expect(metadata.trackNumber == 7)
            #expect(abs(metadata.durationMs - 1000) <= 30)
        }
    }

    @Test(.enabled(if: canEncode, "the ffmpeg program makes the files"))
    func readsCoversUpToALimit() async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 20_000))
            try bench.encode(["-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", bench.path("c.png")])
            try bench.encode([
                "-i", wav, "-i", bench.path("c.png"), "-map", "0", "-map", "1", "-c:a", "libmp3lame", "-c:v", "copy",
                "-disposition:v", "attached_pic", bench.path("c.mp3"),
            ])
            let cover = try #require(try AudioFile.probe(path: bench.path("c.mp3")).cover)
            #expect(cover.mimeType == "image/png")
            #expect(cover.bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]))
            #expect(try AudioFile.probe(path: bench.path("c.mp3"), coverLimit: cover.bytes.count - 1).cover == nil)
        }
    }

    @Test(.enabled(if: canEncode, "the ffmpeg program makes the files"))
    func aFileWithoutAHeaderIsMeasured() async throws {
        try await withWorkbench { bench in
            // Half silence, half noise, at a variable rate: an estimate from the first frames would be far off.
            let samples = [Int16](repeating: 0, count: 44_100 * 8) + Signal.sweep(frames: 44_100 * 4)
            try bench.encode([
                "-i", try bench.wav(samples), "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0",
                bench.path("n.mp3"),
            ])
            let durationMs = try AudioFile.probe(path: bench.path("n.mp3")).durationMs
            #expect(abs(durationMs - 8000) < 100)
        }
    }

    @Test func whatCannotBePlayedSaysWhy() async throws {
        try await withWorkbench { bench in
            func failure(_ path: String) -> AudioError? {
                do {
                    _ = try AudioFile.probe(path: path)
                    return nil
                } catch {
                    return error
                }
            }
            let text = try bench.write(
                Array(repeating: Array("All work and no play. ".utf8), count: 500).flatMap { $0 },
                to: "t.mp3"
            )
            var random = Random(seed: 5)
            let noise = try bench.write((0..<200_000).map { _ in UInt8(random.next(256)) }, to: "noise.bin")
            let cases: [(String, AudioError.Code)] = [
                (bench.path("none.mp3"), .fileMissing), (bench.directory, .fileUnreadable),
                (try bench.write([], to: "empty.mp3"), .notAudio), (text, .notAudio),
                (try bench.write(Array("RIFF".utf8), to: "stub.wav"), .notAudio),
                (try bench.wav([], name: "nothing.wav"), .notAudio),
            ]
            for (path, code) in cases {
                let error = failure(path)
                #expect(error?.code == code, "\(path): \(String(describing: error))")
                #expect(error?.message.contains(quoted(path)) == true)
            }
            // Noise may look like frames of something; it must only end.
            _ = failure(noise)
            let list = try bench.write(Array("#EXTM3U\n#EXT-X-VERSION:3\nhttp://127.0.0.1:1/a.ts\n".utf8), to: "l.mp3")
            #expect(failure(list) != nil)
            mkfifo(bench.path("pipe.mp3"), 0o600)
            #expect(failure(bench.path("pipe.mp3"))?.code == .fileUnreadable)
        }
    }

    @Test(.enabled(if: canEncode, "the ffmpeg program makes the files"))
    func contentCountsNotTheName() async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            try bench.encode(["-i", wav, "-c:a", "flac", "-f", "flac", bench.path("misnamed.mp3")])
            #expect(try AudioFile.probe(path: bench.path("misnamed.mp3")).codec == "flac")
        }
    }

    /// A hole in the middle: what lies before and after it is still played.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [("x.mp3", "libmp3lame"), ("x.flac", "flac"), ("x.ogg", "libvorbis")]
    )
    func damageIsSkipped(name: String, codec: String) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100 * 10))
            try bench.encode(["-i", wav, "-c:a", codec, bench.path(name)])
            var bytes = try bench.read(name)
            var random = Random(seed: 9)
            let hole = bytes.count / 2..<bytes.count / 2 + bytes.count / 20
            for index in hole { bytes[index] = UInt8(random.next(256)) }
            let report = try AudioFile.decode(path: try bench.write(bytes, to: "damaged." + name))
            #expect(report.frames > 44_100 * 8)
            // Cut off in the middle of a frame, the first part plays.
            let half = try AudioFile.decode(
                path: try bench.write(Array(bytes.prefix(bytes.count / 3)), to: "cut." + name)
            )
            #expect(half.frames > 44_100 * 2)
        }
    }
}
