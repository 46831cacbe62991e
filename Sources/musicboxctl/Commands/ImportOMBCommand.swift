import ArgumentParser
import NIOPosix

struct ImportOMBCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-omb",
        abstract: "Take over the playlists, files and tags of an Open Music Box.",
        discussion: """
            DIR is the folder with its app.db and its uploads/, or the folder of the installation. Nothing in it is \
            changed. Each playlist is sent with its files in their order, and its tag is bound to it. What is missing, \
            damaged or in the way is named, and the rest goes on; run again, it adds only what is not there yet. Ends \
            with 65 if nothing could be taken over.
            """
    )

    @Argument(help: "The folder.", completion: .directory)
    var dir: String

    @Flag(help: "Take a tag away from the playlist that has it on this box.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let console = options.console
        let client = try options.client()
        let (dir, force) = (dir, force)
        let old = try await NIOThreadPool.singleton.runIfActive { try OpenMusicBox(directory: dir) }
        let plan = ImportPlan(playlists: old.playlists.map { ImportPlan.Playlist(title: $0.title, files: $0.files) })
        let progress = ImportProgress(total: plan.playlists.reduce(0) { $0 + $1.size }, file: console.remarks)
        old.skipped.forEach(progress.skipped)
        guard !old.playlists.isEmpty else {
            throw CtlError(.data, "no playlist in \(dir) can be taken over", remedy: "see what was skipped above")
        }
        let report = try await cancelledBySignals {
            defer { progress.end() }
            let importer = Importer(client: client, existing: .append, progress: progress)
            var report = OMBReport(try await importer.run(plan), skipped: old.skipped)
            for playlist in old.playlists {
                guard let tag = playlist.tag else { continue }
                guard let index = report.playlists.firstIndex(where: { $0.title == playlist.title }) else { continue }
                do {
                    _ = try await client.bind(tag: tag, playlistID: report.playlists[index].id, force: force)
                    report.playlists[index].tag = tag
                } catch let error as CtlError where error.refusal?.httpStatus == 409 {
                    let skipped = SkippedFile(file: playlist.title, reason: "\(error)")
                    progress.skipped(skipped)
                    report.skipped.append(skipped)
                }
            }
            return report
        }
        guard !report.playlists.isEmpty else {
            throw CtlError(.data, "nothing in \(dir) could be taken over", remedy: "the box cannot play these files")
        }
        if console.json {
            try console.document(report)
        } else {
            report.playlists.forEach { console.line($0.line) }
        }
    }
}

/// What was taken over: the document of `--json`, and lines for people.
struct OMBReport: Encodable, Sendable {
    struct Entry: Encodable, Sendable {
        var id: String
        var title: String
        var tag: String?
        var added: Int
        var present: Int
        let summary: String

        enum CodingKeys: CodingKey {
            case id, title, tag, added, present
        }

        var line: String { tag.map { "\(summary); tag \($0)" } ?? summary }
    }

    var playlists: [Entry]
    var skipped: [SkippedFile]

    init(_ report: ImportReport, skipped: [SkippedFile]) {
        playlists = report.playlists.map {
            Entry(id: $0.id, title: $0.title, added: $0.tracks.count, present: $0.present, summary: $0.line)
        }
        self.skipped = skipped + report.skipped
    }
}
