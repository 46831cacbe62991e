import Glibc

/// Text from a file's tags: one line, without control characters and outer white space.
enum TagText {
    /// Longer values are no titles. In scalars; in bytes four times that.
    private static let maximumLength = 1000

    /// Nil if nothing is left.
    static func line(_ text: UnsafePointer<CChar>) -> String? {
        let count = strnlen(text, 4 * maximumLength)
        let bytes = UnsafeRawBufferPointer(start: text, count: count)
        return line(String(decoding: bytes, as: UTF8.self))
    }

    static func line(_ text: String) -> String? {
        var scalars = text.unicodeScalars.prefix(maximumLength).filter { $0.value >= 0x20 && $0.value != 0x7f }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        let trimmed = scalars.drop { $0.properties.isWhitespace }
        guard !trimmed.isEmpty else { return nil }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: trimmed)
        return String(view)
    }
}
