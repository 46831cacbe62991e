import FoundationEssentials

/// A line that yt-dlp prints because of the templates that it was given (see ``YtDlp/downloadArguments``).
enum DownloadLine: Sendable, Equatable {
    case title(String)
    /// `percent` is 0...100, nil as long as nobody knows the size; `bytes` is what has arrived.
    case progress(percent: Double?, remainingSeconds: Int?, bytes: Int)
    /// The download is complete and lies at this path.
    case file(String)

    static let titleMark = "musicbox-title "
    static let progressMark = "musicbox-progress "
    static let fileMark = "musicbox-file "

    /// Nil for every other line.
    init?(_ line: String) {
        if let text = Self.text(after: Self.titleMark, in: line) {
            self = .title(text)
        } else if let text = Self.text(after: Self.fileMark, in: line) {
            self = .file(text)
        } else if line.hasPrefix(Self.progressMark) {
            // Downloaded, total, estimated total, estimated seconds: numbers, or NA where yt-dlp does not know.
            let fields = line.dropFirst(Self.progressMark.count).split(separator: " ").map { Double($0) }
            guard fields.count == 4, let bytes = fields[0], bytes.isFinite, (0...0x1p50).contains(bytes) else {
                return nil
            }
            let total = (fields[1] ?? fields[2]).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
            let seconds = fields[3].flatMap { $0.isFinite && (0...1e7).contains($0) ? Int($0) : nil }
            self = .progress(
                percent: total.map { min(100, bytes / $0 * 100) },
                remainingSeconds: seconds,
                bytes: Int(bytes)
            )
        } else {
            return nil
        }
    }

    /// The JSON string behind a mark: titles may hold line breaks.
    private static func text(after mark: String, in line: String) -> String? {
        guard line.hasPrefix(mark) else { return nil }
        return try? JSONDecoder().decode(String.self, from: Data(line.utf8.dropFirst(mark.utf8.count)))
    }
}
