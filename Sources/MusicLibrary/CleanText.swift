import FoundationEssentials

/// Text from outside on its way into the library: one line, no control characters, of bounded length.
enum CleanText {
    static func line(_ text: String, limit: Int) -> String {
        clean(text, limit: limit) { $0.value < 0x20 || $0.value == 0x7F }
    }

    /// As `line`, but with line breaks and tabs.
    static func paragraph(_ text: String, limit: Int) -> String {
        clean(text, limit: limit) { ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || $0.value == 0x7F }
    }

    private static func clean(_ text: String, limit: Int, isUnwanted: (Unicode.Scalar) -> Bool) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(isUnwanted(scalar) ? " " : scalar) }
        let trimmed = String(scalars).drop(while: \.isWhitespace)
        var cut = trimmed.prefix(limit)
        while cut.last?.isWhitespace == true { cut.removeLast() }
        return String(cut)
    }
}
