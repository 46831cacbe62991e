/// The settings as the YAML file that would give them.
extension Settings {
    /// - Parameter withOrigins: whether each value that is not a default says where it comes from.
    func yaml(withOrigins: Bool) -> String {
        var lines: [String] = []
        var section = ""
        for setting in Setting.all {
            guard let (value, origin) = values[setting.key] else { continue }
            let parts = setting.key.split(separator: ".").map(String.init)
            if parts[0] != section {
                if !section.isEmpty { lines.append("") }
                section = parts[0]
                lines.append("\(section):")
            }
            lines.append("  # \(setting.help)")
            lines.append("  \(parts[1]): \(value.yaml)\(withOrigins ? origin.comment : "")")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SettingValue {
    var yaml: String {
        switch self {
        case .text(let text): Self.isPlain(text) ? text : Self.quoted(text)
        case .integer(let number): String(number)
        case .flag(let flag): String(flag)
        case .list(let words): "[" + words.map(Self.quoted).joined(separator: ", ") + "]"
        }
    }

    /// Whether YAML reads `text` as the same text without quotes; on the safe side.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
        let isWordLike = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._/-".utf8.contains(byte)
        }
        return isWordLike && first != UInt8(ascii: "-")
            && !["true", "false", "yes", "no", "on", "off", "null"].contains(text.lowercased())
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            // Not allowed in YAML, or a line break to it.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Settings.Origin {
    fileprivate var comment: String {
        switch self {
        case .standard: ""
        case .file(let path, let line): "  # \(path):\(line)"
        case .environment(let variable): "  # \(variable)"
        case .flag: "  # --set"
        }
    }
}
