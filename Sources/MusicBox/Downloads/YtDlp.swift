import Glibc
import Logging
import NFC
import Subprocess

/// The `yt-dlp` program as a child process. Its arguments are a list, never a shell's line; its process group is its own,
/// so that whatever it started (ffmpeg, say) ends with it.
package struct YtDlp: Sendable {
    /// A name to be looked up in PATH, or a path.
    package var program: String

    package init(program: String) { self.program = program }

    enum End: Sendable, Equatable {
        case exited(Int)
        case signalled
        case notStarted(String)
    }

    /// The longest line that is worth reading; search results carry whole descriptions.
    private static let longestLine = 256 << 10
    private static let keptComplaints = 8

    /// Where the program is now; nil when it is not installed. Asked each time, so that an installation counts at once.
    var path: String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return search.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// - Parameters:
    ///   - directory: where the file goes; nothing else is written.
    ///   - maximumBytes: larger files are refused where their size is known beforehand.
    static func downloadArguments(url: String, directory: String, maximumBytes: Int) -> [String] {
        [
            // Nothing that lies on the machine may change what happens here.
            "--ignore-config", "--no-cache-dir", "--no-update", "--no-colors",
            "--no-playlist", "--playlist-items", "1", "--match-filters", "!is_live",
            "--format", "bestaudio/best", "--max-filesize", String(maximumBytes),
            "--socket-timeout", "20", "--retries", "3", "--fragment-retries", "3", "--extractor-retries", "1",
            "--no-mtime", "--no-simulate", "--quiet", "--no-warnings", "--progress", "--newline",
            "--progress-template",
            "download:\(DownloadLine.progressMark)%(progress.downloaded_bytes)s %(progress.total_bytes)s "
                + "%(progress.total_bytes_estimate)s %(progress.eta)s",
            "--print", "before_dl:\(DownloadLine.titleMark)%(title)j",
            "--print", "after_move:\(DownloadLine.fileMark)%(filepath)j",
            "--paths", directory, "--output", "download.%(ext)s",
            "--", url,
        ]
    }

    static func searchArguments(query: String, limit: Int) -> [String] {
        [
            "--ignore-config", "--no-cache-dir", "--no-update", "--no-colors", "--flat-playlist", "--dump-json",
            "--socket-timeout", "10", "--retries", "1", "--quiet", "--no-warnings",
            "--", "ytsearch\(limit):\(query)",
        ]
    }

    /// Runs the program to its end; all its lines were handed on before. Cancelling the task kills it with all that it
    /// started.
    ///
    /// - Returns: how it ended, and its last complaints.
    func run(
        _ path: String,
        _ arguments: [String],
        hear: @escaping @Sendable (String) async -> Void
    ) async -> (end: End, complaint: String?) {
        var options = PlatformOptions()
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                .path(Self.literal(path)),
                arguments: Arguments(arguments),
                platformOptions: options,
                input: .none,
                output: .sequence,
                error: .sequence
            ) { child in
                await withTaskCancellationHandler {
                    async let complaint = Self.complaint(of: child.standardError)
                    var splitter = LineSplitter(limit: Self.longestLine)
                    var output = child.standardOutput.makeAsyncIterator()
                    while let buffer = try? await output.next() {
                        for case .line(let line) in buffer.withUnsafeBytes({ splitter.append($0) }) { await hear(line) }
                    }
                    return await complaint
                } onCancel: {
                    try? child.send(signal: .kill, toProcessGroup: true)
                }
            }
            return switch result.terminationStatus {
            case .exited(let code): (.exited(Int(code)), result.closureResult)
            case .signaled: (.signalled, result.closureResult)
            }
        } catch {
            return (.notStarted("\(error)"), nil)
        }
    }

    /// The last error that the program told, without its mark.
    private static func complaint(of stream: SubprocessOutputSequence) async -> String? {
        var splitter = LineSplitter(limit: 4 << 10)
        var kept: [String] = []
        var iterator = stream.makeAsyncIterator()
        while let buffer = try? await iterator.next() {
            for case .line(let line) in buffer.withUnsafeBytes({ splitter.append($0) }) {
                kept.append(line)
                if kept.count > keptComplaints { kept.removeFirst() }
            }
        }
        let line = kept.last { $0.hasPrefix("ERROR:") } ?? kept.last
        return line.map { line in
            // What follows is advice for those who report an error to the makers of yt-dlp.
            let text = line.replacing("ERROR: ", with: "")
            let end = [" (caused by", "; please report"].compactMap { text.firstRange(of: $0)?.lowerBound }.min()
            return String(text[..<(end ?? text.endIndex)].prefix(300))
        }
    }

    /// Makes Subprocess's `FilePath`, whose own initialiser would take a direct dependency on swift-system.
    private static func literal<Path: ExpressibleByStringLiteral>(_ path: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: path)
    }
}
