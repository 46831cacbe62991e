/// The one track of sound in an MP4 and where its tables lie: which samples (packets, in the words of FFmpeg) there are,
/// when they are heard and where they stand in the file.
///
/// FFmpeg makes an index of all samples in memory before the first one can be heard, twice where the file has an edit
/// list: two million entries for 12 hours. Here the tables stay in the file.
struct MP4Track {
    /// By which FFmpeg's stream is found.
    private(set) var id = 0
    /// Ticks in a second.
    private(set) var timescale = 0
    /// Ticks that are heard, by the edit list; to the end of the samples where that says nothing.
    private(set) var start = 0
    private(set) var end: Int?
    /// stts: number of samples, ticks of each.
    var times: MP4Table
    /// stsc: first chunk, samples in each.
    var runs: MP4Table
    /// stco or co64: where each chunk begins.
    var chunks: MP4Table
    /// stsz: bytes of each sample.
    var sizes: MP4Table
    /// Where the names of the boxes stand that FFmpeg need not read.
    private(set) var hidden: [Int] = []

    /// Of what is plain: one track of sound with a packet per sample. Anything else is FFmpeg's, such as fragments,
    /// encryption, PCM, edits that leave out something in the middle.
    init?(_ file: FileBytes) {
        guard let movie = MP4Boxes(file, in: 0..<file.size).first(where: { $0.name == "moov" }) else { return nil }
        var movieTimescale = 0
        var sound: MP4Boxes.Box?
        for box in MP4Boxes(file, in: movie.content) {
            switch box.name {
            case "mvhd": movieTimescale = Self.number(file, box, version0: 12, version1: 20)
            case "mvex": return nil
            case "trak":
                guard Self.handler(file, box) == "soun" else { continue }
                guard sound == nil else { return nil }
                sound = box
            default: break
            }
        }
        guard let sound, let media = Self.box(file, sound, "mdia"), let header = Self.box(file, media, "mdhd"),
            let trackHeader = Self.box(file, sound, "tkhd"), let information = Self.box(file, media, "minf"),
            let samples = Self.box(file, information, "stbl")
        else { return nil }
        id = Self.number(file, trackHeader, version0: 12, version1: 20)
        timescale = Self.number(file, header, version0: 12, version1: 20)
        guard movieTimescale > 0, (1...1_000_000).contains(timescale) else { return nil }

        var times: MP4Table?
        var runs: MP4Table?
        var chunks: MP4Table?
        var sizes: MP4Table?
        var isPlain = false
        for box in MP4Boxes(file, in: samples.content) {
            switch box.name {
            case "stsd":
                isPlain = Self.isPlain(file, box)
                continue
            case "stts": times = MP4Table(file, content: box.content, columns: 2)
            case "stsc": runs = MP4Table(file, content: box.content, columns: 3)
            case "stco": chunks = MP4Table(file, content: box.content)
            case "co64": chunks = MP4Table(file, content: box.content, width: 8)
            case "stsz":
                // One size for all is what PCM has.
                guard Self.number(file, box, version0: 4, version1: 4) == 0 else { return nil }
                sizes = MP4Table(file, content: box.content, skipping: 4)
            case "ctts", "stz2": return nil
            default: break
            }
            hidden.append(box.offset + 4)
        }
        guard isPlain, let times, let runs, let chunks, let sizes, sizes.count > 0 else { return nil }
        (self.times, self.runs, self.chunks, self.sizes) = (times, runs, chunks, sizes)
        // What counts single ticks has no packets.
        guard let duration = self.times.number(0, 1), duration > 1 else { return nil }
        guard readEdits(file, sound, movieTimescale: movieTimescale) else { return nil }
    }

    /// AAC or ALAC, of one description.
    private static func isPlain(_ file: FileBytes, _ box: MP4Boxes.Box) -> Bool {
        guard number(file, box, version0: 4, version1: 4) == 1 else { return false }
        let format = String(decoding: file.bytes(at: box.content.lowerBound + 12, count: 4), as: UTF8.self)
        return format == "mp4a" || format == "alac"
    }

    /// What is heard: an empty edit, which only delays, and one that goes on to the end or ends before it.
    private mutating func readEdits(_ file: FileBytes, _ track: MP4Boxes.Box, movieTimescale: Int) -> Bool {
        guard let edits = Self.box(file, track, "edts"), let box = Self.box(file, edits, "elst") else { return true }
        let isLong = file.bytes(at: box.content.lowerBound, count: 1).first == 1
        let rows = Self.number(file, box, version0: 4, version1: 4)
        guard (1...2).contains(rows) else { return rows == 0 }
        for row in 0..<rows {
            let width = isLong ? 8 : 4
            let place = box.content.lowerBound + 8 + row * (2 * width + 4)
            let bytes = file.bytes(at: place, count: 2 * width + 4)
            guard bytes.count == 2 * width + 4, place + bytes.count <= box.content.upperBound else { return false }
            let numbers = [bytes[..<width], bytes[width..<2 * width]].map {
                $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            let isEmpty = numbers[1] == (isLong ? UInt64.max : UInt64(UInt32.max))
            if isEmpty, row == 0, rows == 2 { continue }
            guard !isEmpty, row == rows - 1, numbers[0] < 1 << 40, numbers[1] < 1 << 40,
                bytes.suffix(4).elementsEqual([0, 1, 0, 0])
            else { return false }
            start = Int(numbers[1])
            guard numbers[0] > 0 else { return true }
            // Told in the movie's ticks, which are coarse as a rule: what is rounded must not cost a sample.
            let isExact = movieTimescale % timescale == 0
            let length = Int(numbers[0]) + (isExact ? 0 : 1)
            let (product, overflows) = length.multipliedReportingOverflow(by: timescale)
            guard !overflows else { return false }
            end = start + (product + movieTimescale - 1) / movieTimescale
        }
        return true
    }

    /// Takes what Apple's encoders say in a tag (iTunSMPB): delay, padding and length, each in hexadecimal, where that is
    /// of all samples. The length in ticks of all samples is told by `total`.
    mutating func trim(by tag: String, total: Int) {
        let words = tag.split(separator: " ").prefix(4).compactMap { Int($0, radix: 16) }
        guard words.count == 4, words[1...].allSatisfy({ (0..<1 << 40).contains($0) }) else { return }
        // HE-AAC may be counted at half of its rate.
        for factor in [1, 2] where (words[1] + words[2] + words[3]) * factor == total {
            start = words[1] * factor
            end = start + words[3] * factor
        }
    }

    private static func handler(_ file: FileBytes, _ track: MP4Boxes.Box) -> String? {
        guard let media = box(file, track, "mdia"), let handler = box(file, media, "hdlr") else { return nil }
        return String(decoding: file.bytes(at: handler.content.lowerBound + 8, count: 4), as: UTF8.self)
    }

    private static func box(_ file: FileBytes, _ parent: MP4Boxes.Box, _ name: String) -> MP4Boxes.Box? {
        MP4Boxes(file, in: parent.content).first { $0.name == name }
    }

    /// The 32-bit number at a place of a full box that depends on its version; 0 if it is not there.
    private static func number(_ file: FileBytes, _ box: MP4Boxes.Box, version0: Int, version1: Int) -> Int {
        let version = file.bytes(at: box.content.lowerBound, count: 1).first ?? 0
        let place = box.content.lowerBound + (version == 1 ? version1 : version0)
        guard place + 4 <= box.content.upperBound else { return 0 }
        return file.bytes(at: place, count: 4).reduce(0) { $0 << 8 | Int($1) }
    }
}
