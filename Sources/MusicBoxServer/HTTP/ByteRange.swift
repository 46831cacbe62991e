/// Which bytes of a file a request wants; RFC 9110, section 14. One range at most: a request for several gets the whole,
/// which section 14.2 allows.
enum ByteRange: Equatable {
    case whole
    case part(ClosedRange<Int>)
    /// Beyond the end of the file.
    case unsatisfiable

    /// - Parameters:
    ///   - header: the field `Range`; what is malformed counts as absent.
    ///   - size: of the file in bytes.
    init(_ header: String?, size: Int) {
        self = header.flatMap { Self.parse($0, size: size) } ?? .whole
    }

    private static func parse(_ header: String, size: Int) -> ByteRange? {
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes" else { return nil }
        let bounds = halves[1].filter { $0 != " " && $0 != "\t" }
            .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy(isNumber) else { return nil }
        // Numbers too large for an integer lie beyond the end of any file.
        let (first, last) = (Int(bounds[0]) ?? .max, Int(bounds[1]) ?? .max)
        switch (bounds[0].isEmpty, bounds[1].isEmpty) {
        case (true, true): return nil
        case (true, false):
            guard last > 0, size > 0 else { return .unsatisfiable }
            return .part(max(0, size - min(last, size))...size - 1)
        case (false, true): return first < size ? .part(first...size - 1) : .unsatisfiable
        case (false, false):
            guard first <= last else { return nil }
            return first < size ? .part(first...min(last, size - 1)) : .unsatisfiable
        }
    }

    private static func isNumber(_ text: Substring) -> Bool { text.utf8.allSatisfy { (48...57).contains($0) } }
}
