import Glibc

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

    private let descriptor: Int32
    private let size: Int

    init(_ descriptor: Int32, size: Int) {
        self.descriptor = descriptor
        self.size = size
        var start = 0
        // Some programs put one tag behind the other.
        while start < size, let length = id3Length(at: start) {
            start += length
            guard start <= Self.coverLimit + Self.tagLimit else {
                skipped = min(start, size)
                break
            }
        }
        let head = bytes(at: start, count: 12)
        if head.starts(with: "fLaC".utf8) { scanFLAC(from: start + 4) }
        if head.dropFirst(4).starts(with: "ftyp".utf8) {
            scanBoxes(start..<size, path: ["moov", "udta", "meta", "ilst"])
        }
        isWave = head.starts(with: "RIFF".utf8) && head.dropFirst(8).elementsEqual("WAVE".utf8)
    }

    /// Length of the ID3v2 tag at an offset; nil if there is none.
    private func id3Length(at offset: Int) -> Int? {
        let head = bytes(at: offset, count: 10)
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
            let head = bytes(at: offset, count: 4)
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

    /// Boxes: four bytes of length, four of name. Goes down along `path`, and hides what is too large at its end.
    private mutating func scanBoxes(_ range: Range<Int>, path: ArraySlice<String>) {
        var offset = range.lowerBound
        var covers = 0
        for _ in 0..<10_000 {
            let head = bytes(at: offset, count: 16)
            guard head.count >= 8, offset + 8 <= range.upperBound else { return }
            var header = 8
            var length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
            if length == 1, head.count == 16 {
                header = 16
                length = head[8..<16].reduce(0) { ($0 & 0x7f_ffff_ffff) << 8 | Int($1) }
            } else if length == 0 {
                length = range.upperBound - offset
            }
            guard length >= header else { return }
            let name = head[4..<8]
            let end = min(range.upperBound, offset.addingReportingOverflow(length).partialValue)
            guard end > offset else { return }
            if let wanted = path.first {
                if name.elementsEqual(wanted.utf8) {
                    // `meta` begins with four bytes of version and flags.
                    let inner = offset + header + (wanted == "meta" ? 4 : 0)
                    if inner < end { scanBoxes(inner..<end, path: path.dropFirst()) }
                }
            } else {
                let isCover = name.elementsEqual("covr".utf8)
                if isCover { covers += length }
                if isCover ? covers > Self.coverLimit : length > Self.tagLimit {
                    masks.append(Mask(offset: offset + 4, bytes: Array("free".utf8)))
                }
            }
            offset = end
        }
    }

    private mutating func scanBoxes(_ range: Range<Int>, path: [String]) { scanBoxes(range, path: path[...]) }

    private func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }
}
