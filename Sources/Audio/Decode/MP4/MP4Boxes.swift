/// The boxes of an MP4 (ISO 14496-12) that lie one behind the other in a piece of a file.
struct MP4Boxes: Sequence, IteratorProtocol {
    struct Box {
        /// Four characters.
        var name: String
        /// Where its header begins.
        var offset: Int
        /// What is behind the header.
        var content: Range<Int>
    }

    private let file: FileBytes
    private let end: Int
    private var offset: Int
    /// A hostile file can name millions.
    private var left = 10_000

    init(_ file: FileBytes, in range: Range<Int>) {
        self.file = file
        offset = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> Box? {
        guard left > 0, offset + 8 <= end else { return nil }
        left -= 1
        let head = file.bytes(at: offset, count: 16)
        guard head.count >= 8 else { return nil }
        var header = 8
        var length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
        if length == 1, head.count == 16 {
            header = 16
            length = head[8..<16].reduce(0) { ($0 & 0x7f_ffff_ffff) << 8 | Int($1) }
        } else if length == 0 {
            length = end - offset
        }
        let (last, overflows) = offset.addingReportingOverflow(length)
        let limit = overflows ? end : Swift.min(end, last)
        guard length >= header, offset + header <= limit else { return nil }
        defer { offset = limit }
        return Box(
            name: String(decoding: head[4..<8], as: UTF8.self),
            offset: offset,
            content: offset + header..<limit
        )
    }
}
