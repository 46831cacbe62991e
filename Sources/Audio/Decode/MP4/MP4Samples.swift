/// Goes through the samples of a track, from any time on. In memory is only where it stands.
struct MP4Samples {
    struct Sample: Equatable {
        var offset: Int
        var bytes: Int
        /// In ticks.
        var time: Int
        var duration: Int
    }

    private struct Place {
        /// The next sample, and its time.
        var number = 0
        var time = 0
        /// The row of the times, and samples of it that are still to come.
        var timeRow = -1
        var timeLeft = 0
        var duration = 0
        /// The row of the runs, its samples per chunk, and the first chunk of the next one.
        var runRow = -1
        var perChunk = 0
        var runEnd = 0
        /// The chunk, samples of it that are still to come, and where the next one stands.
        var chunk = -1
        var chunkLeft = 0
        var offset = 0
    }

    private(set) var track: MP4Track
    /// End of what is heard, in ticks; nil if there are too many different durations to count them first.
    let end: Int?
    private var at = Place()

    /// Longer ones are damage: FFmpeg's decoders know frames of up to 2^16 samples.
    private static let maximumDuration = 1 << 24
    private static let maximumRun = 1 << 24

    /// - Parameter gapless: what Apple's encoders tell in a tag.
    init(_ track: MP4Track, gapless: String? = nil) {
        var track = track
        let total = Self.total(&track)
        if let total, let gapless { track.trim(by: gapless, total: total) }
        if let total { end = min(total, track.end ?? total) } else { end = nil }
        self.track = track
    }

    private static func total(_ track: inout MP4Track) -> Int? {
        guard track.times.count <= 100_000 else { return nil }
        var (ticks, samples) = (0, 0)
        for row in 0..<track.times.count {
            guard samples < track.sizes.count, let (count, duration) = times(&track, row) else { break }
            let taken = min(count, track.sizes.count - samples)
            samples += taken
            ticks += taken * duration
        }
        return ticks
    }

    private static func times(_ track: inout MP4Track, _ row: Int) -> (count: Int, duration: Int)? {
        guard let count = track.times.number(row), let duration = track.times.number(row, 1),
            duration <= maximumDuration
        else { return nil }
        return (count, duration)
    }

    /// Nil at the end, or where the tables cannot be right.
    mutating func next() -> Sample? {
        guard at.number < track.sizes.count else { return nil }
        while at.timeLeft == 0 {
            guard let (count, duration) = Self.times(&track, at.timeRow + 1) else { return nil }
            at.timeRow += 1
            (at.timeLeft, at.duration) = (count, duration)
        }
        if at.chunkLeft == 0 {
            guard enterChunk(at.chunk + 1) else { return nil }
        }
        guard let bytes = track.sizes.number(at.number) else { return nil }
        defer {
            at.number += 1
            at.time += at.duration
            at.timeLeft -= 1
            at.chunkLeft -= 1
            at.offset += bytes
        }
        return Sample(offset: at.offset, bytes: bytes, time: at.time, duration: at.duration)
    }

    /// The next sample will be the one that sounds at `wanted`, or the last one.
    mutating func seek(to wanted: Int) {
        at = Place()
        findNumber(wanted)
        if !findOffset() { at.number = track.sizes.count }
    }

    private mutating func findNumber(_ wanted: Int) {
        while let (count, duration) = Self.times(&track, at.timeRow + 1) {
            let taken = min(count, track.sizes.count - 1 - at.number)
            let passed = duration > 0 ? min(taken, (max(wanted, at.time) - at.time) / duration) : taken
            at.timeRow += 1
            at.duration = duration
            at.timeLeft = count - passed
            at.number += passed
            at.time += passed * duration
            if passed < count { return }
        }
    }

    private mutating func findOffset() -> Bool {
        var samples = 0
        while case let first = at.runEnd, nextRun() {
            let inRun = (at.runEnd - first) * at.perChunk
            guard samples + inRun > at.number else {
                samples += inRun
                continue
            }
            let index = (at.number - samples) / at.perChunk
            guard enterChunk(first + index) else { return false }
            for passed in samples + index * at.perChunk..<at.number {
                guard let bytes = track.sizes.number(passed) else { return false }
                at.offset += bytes
                at.chunkLeft -= 1
            }
            return true
        }
        return false
    }

    private mutating func enterChunk(_ chunk: Int) -> Bool {
        while chunk >= at.runEnd {
            guard nextRun() else { return false }
        }
        guard let begin = track.chunks.number(chunk), begin < 1 << 50 else { return false }
        (at.chunk, at.chunkLeft, at.offset) = (chunk, at.perChunk, begin)
        return true
    }

    /// Rows count chunks from 1, here they are counted from 0.
    private mutating func nextRun() -> Bool {
        let row = at.runRow + 1
        guard let first = track.runs.number(row), first - 1 == at.runEnd, let samples = track.runs.number(row, 1),
            (1...Self.maximumRun).contains(samples)
        else { return false }
        let next = row + 1 < track.runs.count ? track.runs.number(row + 1).map { $0 - 1 } : track.chunks.count
        guard let next, next > at.runEnd, next <= track.chunks.count else { return false }
        (at.runRow, at.runEnd, at.perChunk) = (row, next, samples)
        return true
    }
}
