import CFFmpeg
import Glibc
import Testing

@testable import Audio

@Suite struct MP4SamplesTests {
    private static func withTrack(_ path: String, _ body: (MP4Track?) throws -> Void) throws {
        let descriptor = Glibc.open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try body(MP4Track(FileBytes(descriptor: descriptor, size: Int(lseek(descriptor, 0, SEEK_END)))))
    }

    private static func withTrack(_ maker: MP4Maker, _ body: (MP4Track?) throws -> Void) async throws {
        try await withWorkbench { bench in
            try withTrack(try bench.write(maker.bytes, to: "made.m4a"), body)
        }
    }

    private static func all(_ track: MP4Track) -> [MP4Samples.Sample] {
        var samples = MP4Samples(track)
        var found: [MP4Samples.Sample] = []
        while let sample = samples.next() { found.append(sample) }
        return found
    }

    /// From every place it goes on as from the start.
    private static func checkSeeks(_ track: MP4Track, _ all: [MP4Samples.Sample]) throws {
        let last = try #require(all.last)
        var samples = MP4Samples(track)
        for step in 0...300 {
            let wanted = (last.time + last.duration + 2000) * step / 300
            samples.seek(to: wanted)
            let index = all.lastIndex { $0.time <= wanted } ?? 0
            #expect(samples.next() == all[index])
            #expect(samples.next() == (index + 1 < all.count ? all[index + 1] : nil))
        }
    }

    /// What FFmpeg's own index says; its times begin where the edit list does.
    private static func index(of path: String) throws -> [MP4Samples.Sample] {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        var context = avformat_alloc_context()
        var options: OpaquePointer?
        av_dict_set(&options, "advanced_editlist", "0", 0)
        // No protocol opens files here.
        var input = avio_alloc_context(
            av_malloc(32 << 10)?.assumingMemoryBound(to: UInt8.self),
            32 << 10,
            0,
            UnsafeMutableRawPointer(file),
            { opaque, buffer, size in
                let count = fread(buffer, 1, Int(size), opaque?.assumingMemoryBound(to: FILE.self))
                return count == 0 ? cffmpeg_error_eof : Int32(count)
            },
            nil,
            { opaque, offset, whence in
                let file = opaque?.assumingMemoryBound(to: FILE.self)
                guard whence & AVSEEK_SIZE == 0 else { return -1 }
                return fseek(file, Int(offset), whence) == 0 ? Int64(ftell(file)) : -1
            }
        )
        context?.pointee.pb = input
        try #require(avformat_open_input(&context, path, nil, &options) >= 0)
        defer {
            avformat_close_input(&context)
            av_freep(&input!.pointee.buffer)
            avio_context_free(&input)
        }
        let stream = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0)
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let read = try #require(packet)
        var samples: [MP4Samples.Sample] = []
        while av_read_frame(context, read) >= 0 {
            defer { av_packet_unref(read) }
            guard read.pointee.stream_index == stream else { continue }
            samples.append(
                MP4Samples.Sample(
                    offset: Int(read.pointee.pos),
                    bytes: Int(read.pointee.size),
                    time: Int(read.pointee.dts),
                    duration: Int(read.pointee.duration)
                )
            )
        }
        let begin = samples.first?.time ?? 0
        return samples.map { sample in
            var sample = sample
            sample.time -= begin
            return sample
        }
    }

    private static let chapters = """
        ;FFMETADATA1
        [CHAPTER]
        TIMEBASE=1/1
        START=0
        END=2
        title=A
        [CHAPTER]
        TIMEBASE=1/1
        START=2
        END=5
        title=B

        """

    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [
            ([], ["-c:a", "aac"], "a.m4a"), ([], ["-c:a", "alac"], "a.m4a"),
            ([], ["-c:a", "aac", "-movflags", "+faststart"], "a.mp4"),
            (["-i", "marks.txt"], ["-map_metadata", "1", "-c:a", "aac", "-f", "mp4"], "a.m4b"),
            (["-f", "lavfi", "-i", "testsrc=d=5"], ["-c:a", "aac"], "a.mov"),
        ] as [([String], [String], String)]
    )
    func samplesAreThoseThatFFmpegFinds(inputs: [String], options: [String], name: String) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100 * 5))
            let marks = try bench.write(Array(Self.chapters.utf8), to: "marks.txt")
            let inputs = inputs.map { $0 == "marks.txt" ? marks : $0 }
            try bench.encode(["-i", wav] + inputs + options + [bench.path(name)])
            try Self.withTrack(bench.path(name)) { track in
                let track = try #require(track)
                let samples = Self.all(track)
                var index = try Self.index(of: bench.path(name))
                // FFmpeg counts the delay into the last one.
                index[index.count - 1].duration = samples[samples.count - 1].duration
                #expect(samples == index)
                let end = try #require(MP4Samples(track).end)
                #expect(end - track.start == 44_100 * 5)
                try Self.checkSeeks(track, samples)
            }
        }
    }

    /// What is not plain is left to FFmpeg.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        arguments: [
            ["-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov", "a.m4a"], ["-c:a", "pcm_s16le", "a.mov"],
            ["-c:a", "libopus", "a.mp4"], ["-map", "0", "-map", "0", "-c:a", "aac", "a.m4a"],
        ]
    )
    func otherTracksAreNotTaken(options: [String]) async throws {
        try await withWorkbench { bench in
            let wav = try bench.wav(Signal.sweep(frames: 44_100))
            let path = bench.path(try #require(options.last))
            try bench.encode(["-i", wav] + options.dropLast() + [path])
            try Self.withTrack(path) { #expect($0 == nil) }
            #expect(try AudioFile.decode(path: path).frames >= 44_100)
        }
    }

    /// Tables with many rows, chunks of all lengths, offsets of 64 bits: against counting it out.
    @Test(arguments: [false, true]) func tablesOfManyRows(isLong: Bool) async throws {
        var noise = Noise(state: isLong ? 1 : 2)
        var maker = MP4Maker()
        maker.isLong = isLong
        var expected: [MP4Samples.Sample] = []
        var offset = isLong ? 5 << 32 : 10_000
        var perChunk = 0
        for chunk in 0..<3000 {
            if chunk == 0 || noise.below(3) == 0 {
                perChunk = 1 + noise.below(9)
                maker.runs.append([chunk + 1, perChunk, 1])
            }
            offset += noise.below(5000)
            maker.chunks.append(offset)
            for _ in 0..<perChunk {
                let bytes = noise.below(700)
                maker.sizes.append(bytes)
                expected.append(MP4Samples.Sample(offset: offset, bytes: bytes, time: 0, duration: 0))
                offset += bytes
            }
        }
        var (number, time) = (0, 0)
        while number < expected.count {
            let row = [min(1 + noise.below(4), expected.count - number), 2 + noise.below(2000)]
            maker.times.append(row)
            for _ in 0..<row[0] {
                expected[number].time = time
                expected[number].duration = row[1]
                number += 1
                time += row[1]
            }
        }
        try await Self.withTrack(maker) { track in
            let track = try #require(track)
            #expect(track.id == 7 && track.timescale == 44_100)
            #expect(Self.all(track) == expected)
            try Self.checkSeeks(track, expected)
            #expect(MP4Samples(track).end == time)
        }
    }

    private static func plain(_ edits: [[Int]], movieTimescale: Int = 1000, isLong: Bool = false) -> MP4Maker {
        var maker = MP4Maker()
        maker.times = [[100, 1024]]
        maker.runs = [[1, 100, 1]]
        maker.chunks = [5000]
        maker.sizes = [Int](repeating: 9, count: 100)
        maker.edits = edits
        maker.movieTimescale = movieTimescale
        maker.isLong = isLong
        return maker
    }

    /// Where the sound begins and ends. A coarse clock never costs a sample.
    @Test(
        arguments: [
            ([], 1000, 0, 102_400), ([[2000, 1024]], 1000, 1024, 1024 + 88_245), ([[0, 2112]], 1000, 2112, 102_400),
            ([[50, -1], [2000, 1024]], 1000, 1024, 1024 + 88_245), ([[88_201, 1024]], 44_100, 1024, 1024 + 88_201),
            ([[1 << 30, 0]], 1000, 0, 102_400),
        ] as [([[Int]], Int, Int, Int)]
    )
    func edits(rows: [[Int]], movieTimescale: Int, start: Int, end: Int) async throws {
        for isLong in [false, true] {
            let maker = Self.plain(rows, movieTimescale: movieTimescale, isLong: isLong)
            try await Self.withTrack(maker) { track in
                let samples = MP4Samples(try #require(track))
                #expect(samples.track.start == start && samples.end == end)
            }
        }
    }

    @Test(arguments: [[[100, 0], [100, 50_000]], [[1, -1], [1, 0], [1, 0]], [[1, -1], [1, -1]]])
    func editsThatCutAreNotTaken(rows: [[Int]]) async throws {
        try await Self.withTrack(Self.plain(rows)) { #expect($0 == nil) }
    }

    /// Apple's tag is exact, where it fits.
    @Test func theTagOfAppleTellsTheEnd() async throws {
        try await Self.withTrack(Self.plain([])) { track in
            let track = try #require(track)
            let (delay, padding) = (2112, 77)
            func tag(_ total: Int) -> String {
                let numbers = [delay, padding, total].map { String($0, radix: 16, uppercase: true) }
                return " 00000000 " + numbers.joined(separator: " ") + " 00000000 00000000"
            }
            let samples = MP4Samples(track, gapless: tag(102_400 - delay - padding))
            #expect(samples.track.start == delay && samples.end == 102_400 - padding)
            for nonsense in [tag(5), "", "x y z", " 0 -1 0 0", " 0 0 0 FFFFFFFFFFFFFFFFFF"] {
                let samples = MP4Samples(track, gapless: nonsense)
                #expect(samples.track.start == 0 && samples.end == 102_400)
            }
        }
    }

    /// Tables that contradict each other end the sound, and nothing else.
    @Test func nonsenseEndsEarly() async throws {
        let good = Self.plain([])
        var broken = [MP4Maker](repeating: good, count: 6)
        broken[0].runs = [[1, 0, 1]]
        broken[1].runs = [[2, 100, 1]]
        broken[2].runs = [[1, 3, 1], [1, 3, 1]]
        broken[3].runs = [[1, 0xffff_ffff, 1]]
        broken[4].times = [[50, 1024], [1, 0xffff_ffff]]
        broken[5].chunks = []
        for maker in broken {
            try await Self.withTrack(maker) { track in
                let track = try #require(track)
                var samples = MP4Samples(track)
                for wanted in [0, 60_000, Int.max >> 1] {
                    samples.seek(to: wanted)
                    var count = 0
                    while samples.next() != nil { count += 1 }
                    #expect(count <= 100)
                }
            }
        }
    }
}

private struct Noise {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
