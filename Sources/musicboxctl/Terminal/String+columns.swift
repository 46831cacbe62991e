extension String {
    /// The number of columns that a terminal needs for the text: two for wide characters (CJK, most emoji), none for
    /// combining marks.
    var columns: Int {
        reduce(0) { $0 + $1.columns }
    }

    /// The text in at most `limit` columns, with an ellipsis where something was cut.
    func truncated(to limit: Int) -> String {
        guard columns > limit else { return self }
        guard limit > 0 else { return "" }
        var kept = ""
        var used = 1
        for character in self {
            used += character.columns
            guard used <= limit else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// The text filled up with spaces to `width` columns.
    func padded(to width: Int, onLeft: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - columns))
        return onLeft ? padding + self : self + padding
    }

    /// The text as one line that cannot steer the terminal: titles and messages come from strangers' files.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var clean = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            clean.append(scalar.isControl ? " " : scalar)
        }
        return String(clean)
    }
}

extension Character {
    /// A cluster is as wide as its widest scalar, and never wider than two columns: joined emoji show as one.
    fileprivate var columns: Int {
        var widest = 0
        for scalar in unicodeScalars {
            // VARIATION SELECTOR-16 asks for the emoji form, which is wide (as in the heart U+2764 U+FE0F).
            if scalar == "\u{FE0F}" { return 2 }
            widest = max(widest, scalar.columns)
        }
        return widest
    }
}

extension Unicode.Scalar {
    /// C0, DEL, C1, the line separators, and the marks that turn the direction of what follows.
    fileprivate var isControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The wide blocks of Unicode's EastAsianWidth.txt (W and F), rounded to whole blocks.
    fileprivate var columns: Int {
        switch value {
        case 0x20..<0x7F: return 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: return properties.isEmojiPresentation ? 2 : 1
        }
    }
}
