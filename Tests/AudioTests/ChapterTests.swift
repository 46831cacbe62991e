import Testing

@testable import Audio

@Suite struct ChapterMarkTests {
    private func chapters(_ starts: [Int], durationMs: Int = 60_000) -> [[Int?]] {
        ChapterMark.chapters(starts.map { ChapterMark(title: nil, startMs: $0) }, durationMs: durationMs)
            .map { [$0.startMs, $0.endMs] }
    }

    @Test func chaptersCoverTheWholeFile() {
        #expect(chapters([500, 20_000, 40_000]) == [[0, 20_000], [20_000, 40_000], [40_000, nil]])
        #expect(chapters([40_000, 0, 20_000]) == [[0, 20_000], [20_000, 40_000], [40_000, nil]])
        // One is no division; nor is what lies outside.
        #expect(chapters([0]) == [] && chapters([]) == [] && chapters([0, 60_000, 99_000]) == [])
        #expect(chapters([-5, 0, 59_900]) == [])
        #expect(chapters([0, 20_000, 20_100]) == [[0, 20_100], [20_100, nil]])
        #expect(chapters(Array(stride(from: 0, to: 5_000_000, by: 1000)), durationMs: 5_000_000).count == 1000)
    }

    @Test func cueSheets() {
        let sheet = CueSheet(
            """
            \u{feff}PERFORMER "Orchester"
            TITLE "Konzert"
            FILE "konzert.flac" WAVE
              TRACK 01 AUDIO
                TITLE "Allegro con brio"
                INDEX 01 00:00:00
              TRACK 02 AUDIO
                TITLE Adagio
                INDEX 00 04:59:00
                INDEX 01 05:01:37
              TRACK 03 MODE1/2352
                INDEX 01 06:00:00
              TRACK 04 AUDIO
                INDEX 01 07:00:74
            """
        )
        #expect(
            sheet.marks == [
                ChapterMark(title: "Allegro con brio", startMs: 0), ChapterMark(title: "Adagio", startMs: 301_493),
                ChapterMark(title: nil, startMs: 420_987),
            ]
        )
        // A file per track: nothing to divide.
        #expect(CueSheet("FILE a WAVE\nTRACK 1 AUDIO\nINDEX 01 00:00:00\nFILE b WAVE\nTRACK 2 AUDIO").marks.isEmpty)
        for nonsense in [
            "", "\"", "FILE", "TRACK AUDIO AUDIO\nINDEX 01 99:99:99", "FILE a b\nTRACK 1 AUDIO\nINDEX 01 :",
        ] {
            #expect(CueSheet(nonsense).marks.isEmpty)
        }
    }
}

@Suite(.enabled(if: canEncode, "the ffmpeg program makes the files")) struct ChapterTests {
    private static let metadata = """
        ;FFMETADATA1
        title=Buch
        [CHAPTER]
        TIMEBASE=1/1000
        START=0
        END=2500
        title=Eins
        [CHAPTER]
        TIMEBASE=1/1000
        START=2500
        END=4100
        title=Zwei
        [CHAPTER]
        TIMEBASE=1/1000
        START=4100
        END=6000
        title=Drei

        """

    private static let formats: [(String, [String], Float)] = [
        ("b.m4b", ["-f", "mp4", "-c:a", "aac"], 0.01), ("b.mp3", ["-c:a", "libmp3lame", "-q:a", "3"], 1e-8),
        ("b.mka", ["-c:a", "flac"], 0), ("b.m4a", ["-c:a", "alac"], 0),
        ("b.flac", ["-c:a", "flac"], 0),
    ]

    /// Every part is the sample-exact piece of the whole that it says, opened by itself or taken over from the one before.
    @Test(arguments: formats) func chaptersArePiecesOfTheirFile(
        name: String,
        options: [String],
        slack: Float
    ) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100 * 6))
            let metadata = try bench.write(Array(Self.metadata.utf8), to: "chapters.txt")
            try bench.encode(["-i", wav, "-i", metadata, "-map_metadata", "1"] + options + [bench.path(name)])
            var found = try AudioFile.probe(path: bench.path(name)).chapters
            if name.hasSuffix(".flac") {
                // Of a FLAC FFmpeg keeps no chapters; a sheet beside it tells them.
                #expect(found.isEmpty)
                let sheet = """
                    FILE "b.flac" WAVE
                    TRACK 01 AUDIO
                    TITLE Eins
                    INDEX 01 00:00:00
                    TRACK 02 AUDIO
                    TITLE Zwei
                    INDEX 01 00:02:37
                    TRACK 03 AUDIO
                    TITLE Drei
                    INDEX 01 00:04:08
                    """
                _ = try bench.write(Array(sheet.utf8), to: "b.cue")
                found = try AudioFile.probe(path: bench.path(name)).chapters
            }
            #expect(found.map(\.title) == ["Eins", "Zwei", "Drei"])
            #expect(zip(found.map(\.startMs), [0, 2500, 4100]).allSatisfy { abs($0 - $1) <= 10 })

            let whole = try Signal.decode(bench.path(name)).samples
            var taken: AudioSource?
            var total = 0
            for chapter in found {
                let part = PlayRequest.Part(startMs: chapter.startMs, endMs: chapter.endMs)
                let opened = try AudioSource(path: bench.path(name), part: part, interrupt: Interrupt())
                if let taken { taken.goOn(with: part) }
                let running = try taken ?? AudioSource(path: bench.path(name), part: part, interrupt: Interrupt())
                taken = running
                let start = chapter.startMs * 44_100 / 1000
                let end = chapter.endMs.map { $0 * 44_100 / 1000 } ?? whole.count / 2
                let wanted = whole[start * 2..<end * 2]
                for source in [opened, running] {
                    #expect(source.duration.map { abs(Int($0) - (end - start)) <= 1200 } ?? false)
                    let heard = try Signal.decode(source)
                    #expect(heard.count == wanted.count)
                    let difference = zip(heard, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                    let power = wanted.reduce(0) { $0 + $1 * $1 }
                    #expect(difference <= power * slack, "\(chapter.title ?? "") \(difference / power)")
                    // And back to a place of it.
                    try source.seek(to: 20_000)
                    #expect(try source.advance() == .samples && source.position == 20_000)
                    try source.seek(to: Int64(end - start))
                    #expect(try source.advance() == .end)
                }
                total += wanted.count
            }
            #expect(total == whole.count)
        }
    }

    /// Two seeks with nothing decoded in between: the second one counts.
    @Test func theLastOfTwoSeeksCounts() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100 * 12))
            let source = try AudioSource(path: path, interrupt: Interrupt())
            try source.seek(to: 44_100 * 10)
            try source.seek(to: 4410)
            #expect(try source.advance() == .samples && source.position == 4410)
        }
    }
}
