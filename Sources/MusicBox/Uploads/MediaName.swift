/// Names of files in the store, made from what a client calls its file.
package enum MediaName {
    /// What the players of this box can be expected to decode; the final word has the decoder.
    package static let playableExtensions: Set<String> = [
        "aac", "aif", "aiff", "ape", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "oga", "ogg", "opus", "wav",
        "webm",
        "wma", "wv",
    ]

    /// Whether this is the name of an audio file, and not one of those that archives of some systems carry beside it.
    package static func isPlayable(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        guard !name.hasPrefix("."), !path.hasPrefix("__MACOSX/") else { return false }
        return pathExtension(name).map(playableExtensions.contains) ?? false
    }

    /// Whether this is the name of a CUE sheet.
    static func isSheet(_ path: String) -> Bool { path.lowercased().hasSuffix(".cue") }

    /// Longest name in bytes of UTF-8; file systems take 255, and a number may be added.
    static let maximumBytes = 200

    /// The last component of `name` without what could steer a path or a terminal; never empty, never hidden.
    package static func sanitized(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let kept = last.unicodeScalars.filter { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
        let text = String(String.UnicodeScalarView(kept)).drop { $0 == "." || $0 == " " }
        guard !text.isEmpty else { return "track" }
        guard text.utf8.count > maximumBytes else { return String(text) }
        let suffix = pathExtension(String(text)).map { "." + $0 } ?? ""
        var stem = text.dropLast(suffix.count)
        while stem.utf8.count + suffix.utf8.count > maximumBytes { stem = stem.dropLast() }
        // One letter can carry any number of accents: nothing may be left of it.
        return (stem.isEmpty ? "track" : stem) + suffix
    }

    /// `name` for file systems that allow fewer characters, as FAT.
    static func portable(_ name: String) -> String {
        let text = String(name.map { "\"*:<>?|".contains($0) ? "_" : $0 })
        let end = text.lastIndex { $0 != "." && $0 != " " }
        return end.map { String(text[...$0]) } ?? "track"
    }

    /// The extension in lower case; nil when there is none of one to five ASCII letters and digits.
    package static func pathExtension(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let suffix = name[name.index(after: dot)...]
        let isPlain = suffix.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isPlain && (1...5).contains(suffix.utf8.count) ? suffix.lowercased() : nil
    }

    /// `name` with " (2)", " (3)" before its extension.
    package static func numbered(_ name: String, _ number: Int) -> String {
        guard number > 1 else { return name }
        guard let suffix = pathExtension(name) else { return "\(name) (\(number))" }
        return "\(name.dropLast(suffix.count + 1)) (\(number)).\(suffix)"
    }

    /// The title of a track whose file names none: the file's name without its extension.
    package static func title(of name: String) -> String {
        let stem = pathExtension(name).map { String(name.dropLast($0.count + 1)) } ?? name
        return stem.isEmpty ? name : stem
    }
}
