/// Rows of big-endian numbers in a file, read in pieces as they are asked for: the tables of 12 hours have millions.
struct MP4Table {
    let count: Int
    private let file: FileBytes
    private let offset: Int
    private let columns: Int
    private let width: Int
    private var window: [UInt8] = []
    /// First row in the window.
    private var first = 0

    private static let windowBytes = 8 << 10

    /// - Parameter content: of a full box: four bytes of version and flags, then `skipping` bytes, then the number of
    ///   rows, then these. Nil if they do not all lie in it.
    init?(_ file: FileBytes, content: Range<Int>, skipping: Int = 0, columns: Int = 1, width: Int = 4) {
        let head = file.bytes(at: content.lowerBound + 4 + skipping, count: 4)
        guard head.count == 4 else { return nil }
        self.file = file
        self.columns = columns
        self.width = width
        count = head.reduce(0) { $0 << 8 | Int($1) }
        offset = content.lowerBound + 8 + skipping
        guard offset + count * columns * width <= content.upperBound else { return nil }
    }

    /// Nil outside of the table, or if the file cannot be read.
    mutating func number(_ row: Int, _ column: Int = 0) -> Int? {
        guard row >= 0, row < count else { return nil }
        let rowBytes = columns * width
        if row < first || (row - first + 1) * rowBytes > window.count {
            window = file.bytes(at: offset + row * rowBytes, count: min(Self.windowBytes, (count - row) * rowBytes))
            first = row
            guard window.count >= rowBytes else { return nil }
        }
        var place = (row - first) * rowBytes + column * width
        var number: UInt64 = 0
        for _ in 0..<width {
            number = number << 8 | UInt64(window[place])
            place += 1
        }
        return Int(exactly: number)
    }
}
