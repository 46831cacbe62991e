/// A look at the head of a file before FFmpeg reads it, for what FFmpeg would load whole however large it is: the ID3v2
/// tag, the pictures and comments of a FLAC, the covers and texts of an MP4. What is beyond its limit is hidden from it:
/// the file still plays, without that cover or that text.
struct HeaderScan {
    /// Bytes that take the place of those in the file.
    struct Mask: Equatable {
        var offset: Int
        var bytes: [UInt8]
    }

    static let coverLimit = 8 << 20
    static let tagLimit = 1 << 20

    private(set) var skipped = 0
    private(set) var masks: [Mask] = []
    private(set) var isWave = false
    /// Of an MP4 whose samples need not be found by FFmpeg; their tables are hidden from it.
    private(set) var track: MP4Track?

    private let file: FileBytes

    init(_ file: FileBytes) {
        self.file = file
        let size = file.size
        var start = 0
        // Some programs put one tag behind the other.
        while start < size, let length = id3Length(at: start) {
            start += length
            guard start <= Self.coverLimit + Self.tagLimit else {
                skipped = min(start, size)
                break
            }
        }
        let head = file.bytes(at: start, count: 12)
        if head.starts(with: "fLaC".utf8) { scanFLAC(from: start + 4) }
        if head.dropFirst(4).starts(with: "ftyp".utf8) {
            scanBoxes(start..<size, path: ["moov", "udta", "meta", "ilst"])
            // Places in an MP4 are counted from the start of the file.
            if start == 0, let found = MP4Track(file) {
                track = found
                for name in found.hidden { hide(box: name) }
            }
        }
        isWave = head.starts(with: "RIFF".utf8) && head.dropFirst(8).elementsEqual("WAVE".utf8)
    }

    /// Length of the ID3v2 tag at an offset; nil if there is none.
    private func id3Length(at offset: Int) -> Int? {
        let head = file.bytes(at: offset, count: 10)
        guard head.count == 10, head.starts(with: "ID3".utf8), head[6...].allSatisfy({ $0 < 0x80 }) else { return nil }
        let length = head[6...].reduce(0) { $0 << 7 | Int($1) }
        let footer = head[5] & 0x10 != 0 ? 10 : 0
        return 10 + length + footer
    }

    /// Metadata blocks: a byte of type (its highest bit: the last one), three of length.
    private mutating func scanFLAC(from start: Int) {
        var offset = start
        var pictures = 0
        for _ in 0..<1000 {
            let head = file.bytes(at: offset, count: 4)
            guard head.count == 4 else { return }
            let length = Int(head[1]) << 16 | Int(head[2]) << 8 | Int(head[3])
            let isHidden: Bool
            switch head[0] & 0x7f {
            case 4: isHidden = length > Self.tagLimit
            case 6:
                pictures += length
                isHidden = pictures > Self.coverLimit
            default: isHidden = false
            }
            // As padding (1) it is passed over.
            if isHidden { masks.append(Mask(offset: offset, bytes: [head[0] & 0x80 | 1])) }
            offset += 4 + length
            if head[0] & 0x80 != 0 { return }
        }
    }

    /// Goes down along `path` in an MP4, and hides what is too large at its end.
    private mutating func scanBoxes(_ range: Range<Int>, path: ArraySlice<String>) {
        var covers = 0
        for box in MP4Boxes(file, in: range) {
            if let wanted = path.first {
                guard box.name == wanted else { continue }
                // `meta` begins with four bytes of version and flags.
                let inner = box.content.dropFirst(wanted == "meta" ? 4 : 0)
                scanBoxes(inner, path: path.dropFirst())
                continue
            }
            let isCover = box.name == "covr"
            let length = box.content.upperBound - box.offset
            if isCover { covers += length }
            if isCover ? covers > Self.coverLimit : length > Self.tagLimit { hide(box: box.offset + 4) }
        }
    }

    /// What has another name is passed over.
    private mutating func hide(box name: Int) {
        masks.append(Mask(offset: name, bytes: Array("free".utf8)))
    }
}
