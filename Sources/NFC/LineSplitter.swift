/// Cuts a stream of bytes into lines, whatever the pieces it arrives in.
///
/// Memory is bounded: a line that grows beyond the limit is dropped up to its line feed and reported once.
package struct LineSplitter: Sendable {
    /// A line, or the fact that one was too long to keep.
    package enum Piece: Sendable, Equatable {
        case line(String)
        case tooLong
    }

    private let limit: Int
    private var partial: [UInt8] = []
    private var skipping = false

    /// - Parameter limit: The longest line in bytes, without its line feed.
    package init(limit: Int = ReaderLine.maximumLength) {
        self.limit = limit
        partial.reserveCapacity(limit)
    }

    /// Takes the next bytes and returns what they completed. Empty lines are left out; a carriage return at the end
    /// of a line is cut off; bytes that are no UTF-8 become U+FFFD.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
                if !skipping, !partial.isEmpty { pieces.append(.line(String(decoding: partial, as: UTF8.self))) }
                partial.removeAll(keepingCapacity: true)
                skipping = false
            } else if skipping {
                continue
            } else if partial.count == limit {
                pieces.append(.tooLong)
                partial.removeAll(keepingCapacity: true)
                skipping = true
            } else {
                partial.append(byte)
            }
        }
        return pieces
    }
}
