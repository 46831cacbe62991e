import ArgumentParser
import Glibc
import NIOPosix

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make playlists of a folder of music.",
        discussion: """
            Each folder in DIR that holds audio files, DIR itself included, becomes a playlist with the folder's name and \
            its files in natural order (2 before 10). Folders such as "CD 1" and "CD 2" go together into the playlist of \
            the folder above. Hidden files, pictures, cue sheets and texts are passed over; a file that the box cannot \
            play is named and skipped. The box reads titles and durations from the files.

            If a playlist of that title is there already, nothing is imported without --append or --force. An import \
            that was interrupted goes on with --append. Ends with 65 if nothing could be imported.
            """
    )

    @Argument(help: "The folder.", completion: .directory)
    var dir: String

    @Option(help: "The title of the playlist, when there is only one.")
    var title: String?

    @Flag(inversion: .prefixedNo, help: "Also take the folders inside DIR.")
    var recursive = true

    @Flag(help: "Put everything into one playlist.")
    var single = false

    @Flag(help: "Add to the playlist of that title the files that it does not have yet.")
    var append = false

    @Flag(help: "Make another playlist of a title that is there already.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if append && force { throw ValidationError("--append and --force exclude each other") }
        if let title, title.allSatisfy(\.isWhitespace) { throw ValidationError("--title must not be empty") }
    }

    func run() async throws {
        let console = options.console
        let client = try options.client()
        let (dir, recursive) = (dir, recursive)
        let scan = try await NIOThreadPool.singleton.runIfActive { try FolderScan(of: dir, recursive: recursive) }
        let plan = try ImportPlan(folders: scan.folders, root: Self.name(of: dir), title: title, single: single)
        let progress = ImportProgress(total: plan.playlists.reduce(0) { $0 + $1.size }, file: console.remarks)
        scan.skipped.forEach(progress.skipped)
        guard !plan.playlists.isEmpty else {
            throw CtlError(
                .data,
                "no playable file in \(dir)",
                remedy: "give a folder of MP3, FLAC, Ogg, M4A or WAV files"
            )
        }
        let existing: Importer.Existing = append ? .append : force ? .duplicate : .refuse
        var report = try await cancelledBySignals {
            defer { progress.end() }
            return try await Importer(client: client, existing: existing, progress: progress).run(plan)
        }
        report.skipped = scan.skipped + report.skipped
        guard !report.playlists.isEmpty else {
            throw CtlError(.data, "nothing in \(dir) could be imported", remedy: "the box cannot play these files")
        }
        if console.json {
            try console.document(report)
        } else {
            report.playlists.forEach { console.line($0.line) }
        }
    }

    /// The folder's own name, also for `.` and `music/`.
    private static func name(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved).split(separator: "/").last.map(String.init) ?? "Music"
    }
}
