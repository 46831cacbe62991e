import Glibc

/// A CUE sheet: which tracks of a disc lie where in one file. Times are minutes, seconds and 75ths.
struct CueSheet: Equatable {
    /// Of the tracks of the sheet's first file; a sheet with a file per track has nothing to divide.
    private(set) var marks: [ChapterMark] = []
    /// Name of the sheet's first file, as it says it.
    private(set) var file: String?

    private static let maximumBytes = 256 << 10

    /// The sheet that lies beside a file under its name, with or without the file's extension.
    init?(beside path: String) {
        let stem = path.lastIndex(of: ".").map { String(path[..<$0]) } ?? path
        for name in [stem + ".cue", path + ".cue", stem + ".CUE"] {
            guard let sheet = CueSheet(path: name) else { continue }
            self = sheet
            return
        }
        return nil
    }

    /// Nil if there is no such file, or none that can be a sheet.
    init?(path: String) {
        guard let text = Self.text(of: path) else { return nil }
        self.init(text)
    }

    init(_ text: String) {
        var files = 0
        var title: String?
        var isTrack = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = Self.words(line)
            guard let command = words.first?.uppercased() else { continue }
            switch command {
            case "FILE":
                files += 1
                if files == 1 { file = words.dropFirst().first.flatMap { TagText.line($0) } }
            case "TRACK":
                isTrack = words.count > 2 && words[2].uppercased() == "AUDIO"
                title = nil
            case "TITLE" where isTrack: title = words.dropFirst().first.flatMap { TagText.line($0) }
            // INDEX 00 is the silence before a track.
            case "INDEX" where isTrack && files == 1 && words.count > 2 && Int(words[1]) == 1:
                if let ms = Self.milliseconds(words[2]), marks.count < ChapterMark.maximumCount {
                    marks.append(ChapterMark(title: title, startMs: ms))
                }
            default: break
            }
        }
        if files > 1 { marks = [] }
    }

    /// Words, and phrases in double quotes.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var rest = line.drop { $0.isWhitespace || $0 == "\u{feff}" }
        while let first = rest.first {
            if first == "\"" {
                rest = rest.dropFirst()
                words.append(String(rest.prefix { $0 != "\"" }))
                rest = rest.drop { $0 != "\"" }.dropFirst()
            } else {
                words.append(String(rest.prefix { !$0.isWhitespace }))
                rest = rest.drop { !$0.isWhitespace }
            }
            rest = rest.drop { $0.isWhitespace }
        }
        return words
    }

    /// "mm:ss:ff".
    private static func milliseconds(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let minutes = parts[0], let seconds = parts[1], let frames = parts[2],
            (0...100_000).contains(minutes), (0..<60).contains(seconds), (0..<75).contains(frames)
        else { return nil }
        return (minutes * 60 + seconds) * 1000 + (frames * 1000 + 37) / 75
    }

    /// UTF-8, or Latin-1 as old programs write it.
    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumBytes
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: maximumBytes)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let read = bytes.prefix(count)
        return String(validating: read, as: UTF8.self)
            ?? String(String.UnicodeScalarView(read.map { Unicode.Scalar($0) }))
    }
}
