@testable import Audio

/// The head of an MP4 with one track of sound, with whatever is put into its tables.
struct MP4Maker {
    var timescale = 44_100
    var movieTimescale = 1000
    /// Number of samples, ticks of each.
    var times: [[Int]] = []
    /// First chunk, samples in each, description.
    var runs: [[Int]] = []
    var chunks: [Int] = []
    var sizes: [Int] = []
    /// Ticks of the movie, ticks of the track (-1: none).
    var edits: [[Int]] = []
    var isLong = false

    static func big(_ number: Int, _ width: Int = 4) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    static func box(_ name: String, _ content: [UInt8]) -> [UInt8] {
        big(content.count + 8) + Array(name.utf8) + content
    }

    private func full(_ name: String, _ version: Int = 0, _ content: [UInt8]) -> [UInt8] {
        Self.box(name, Self.big(version << 24) + content)
    }

    private func table(_ name: String, _ rows: [[Int]], width: Int = 4) -> [UInt8] {
        full(name, Self.big(rows.count) + rows.joined().flatMap { Self.big($0, width) })
    }

    private func full(_ name: String, _ content: [UInt8]) -> [UInt8] { full(name, 0, content) }

    /// `ftyp` and `moov`.
    var bytes: [UInt8] {
        let zero = Self.big(0)
        let entry = Self.box("mp4a", [UInt8](repeating: 0, count: 28))
        let tables =
            full("stsd", Self.big(1) + entry) + table("stts", times) + table("stsc", runs)
            + full("stsz", zero + Self.big(sizes.count) + sizes.flatMap { Self.big($0) })
            + table(isLong ? "co64" : "stco", chunks.map { [$0] }, width: isLong ? 8 : 4)
        let handler = full("hdlr", zero + Array("soun".utf8) + [UInt8](repeating: 0, count: 13))
        let media = Self.box(
            "mdia",
            full("mdhd", zero + zero + Self.big(timescale) + zero + zero) + handler
                + Self.box("minf", Self.box("stbl", tables))
        )
        let width = isLong ? 8 : 4
        var list = Self.big(edits.count)
        for edit in edits { list += Self.big(edit[0], width) + Self.big(edit[1], width) + [0, 1, 0, 0] }
        list = edits.isEmpty ? [] : Self.box("edts", full("elst", isLong ? 1 : 0, list))
        let track = Self.box("trak", full("tkhd", zero + zero + Self.big(7)) + list + media)
        let movie = Self.box("moov", full("mvhd", zero + zero + Self.big(movieTimescale) + zero) + track)
        return Self.box("ftyp", Array("M4A \0\0\0\0".utf8)) + movie
    }
}
