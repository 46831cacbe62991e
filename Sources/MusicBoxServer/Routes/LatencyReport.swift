import MusicBox

/// How long the last taps took, in milliseconds, per stage and in all; the stamps themselves are nanoseconds of
/// CLOCK_MONOTONIC, so that a program on the same machine can hold its own against them.
struct LatencyReport: Encodable {
    struct Figures: Encodable {
        var p50: Double
        var p99: Double
        var max: Double

        /// Nearest-rank percentiles; nil without samples.
        init?(nanoseconds: [UInt64]) {
            let sorted = nanoseconds.sorted()
            guard let last = sorted.last else { return nil }
            func rank(_ percent: Int) -> Double {
                Double(sorted[Swift.max(0, (sorted.count * percent + 99) / 100 - 1)]) / 1e6
            }
            p50 = rank(50)
            p99 = rank(99)
            max = Double(last) / 1e6
        }
    }

    struct Tap: Encodable {
        var seen: UInt64
        var accepted: UInt64
        var ordered: UInt64
        var firstWrite: UInt64

        enum CodingKeys: String, CodingKey {
            case seen, accepted, ordered
            case firstWrite = "first_write"
        }
    }

    var count: Int
    var tapToFirstSampleMs: Figures?
    var readerToBoxMs: Figures?
    var boxToEngineMs: Figures?
    var engineToFirstSampleMs: Figures?
    var taps: [Tap]

    /// Taps whose sound has not begun are left out.
    init(_ all: [LatencyLog.Tap]) {
        let done = all.filter { $0.firstWrite >= $0.seen && $0.firstWrite != 0 }
        count = done.count
        tapToFirstSampleMs = Figures(nanoseconds: done.map { $0.firstWrite - $0.seen })
        readerToBoxMs = Figures(nanoseconds: done.map { Self.elapsed($0.seen, $0.accepted) })
        boxToEngineMs = Figures(nanoseconds: done.map { Self.elapsed($0.accepted, $0.ordered) })
        engineToFirstSampleMs = Figures(nanoseconds: done.map { Self.elapsed($0.ordered, $0.firstWrite) })
        taps = done.map {
            Tap(seen: $0.seen, accepted: $0.accepted, ordered: $0.ordered, firstWrite: $0.firstWrite)
        }
    }

    /// None for stamps that stand the wrong way round: a reader is another program, with a clock of its own choice.
    private static func elapsed(_ start: UInt64, _ end: UInt64) -> UInt64 { end >= start ? end - start : 0 }

    enum CodingKeys: String, CodingKey {
        case count, taps
        case tapToFirstSampleMs = "tap_to_first_sample_ms"
        case readerToBoxMs = "reader_to_box_ms"
        case boxToEngineMs = "box_to_engine_ms"
        case engineToFirstSampleMs = "engine_to_first_sample_ms"
    }
}
