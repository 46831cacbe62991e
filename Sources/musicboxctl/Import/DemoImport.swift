import FoundationEssentials
import MusicBoxAPI

/// Puts the demo music on the box: makes it in a temporary folder, imports it, binds its tags.
struct DemoImport {
    let client: MusicBoxClient
    let console: Console

    func run() async throws -> DemoReport {
        let directory = "\(FileManager.default.temporaryDirectory.path)/musicboxctl-demo-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw CtlError(
                .noInput,
                "\(directory) cannot be made",
                remedy: "set TMPDIR to a folder that can be written"
            )
        }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await importAll(try await synthesize(into: directory))
    }

    private func synthesize(into directory: String) async throws -> [DemoPlaylist] {
        do {
            return try await DemoMusic.synthesize(into: directory) { [console] done, total, title in
                console.remark("made \(done) of \(total): \(title)")
            }
        } catch let error as DemoError {
            throw CtlError(.refused, "no demo music: \(error)")
        }
    }

    private func importAll(_ demos: [DemoPlaylist]) async throws -> DemoReport {
        let playlists = try demos.map { demo in
            let files = try FolderScan(of: demo.folder, recursive: false).folders.flatMap(\.files)
            return ImportPlan.Playlist(title: demo.title, files: files)
        }
        let plan = ImportPlan(playlists: playlists)
        let progress = ImportProgress(total: playlists.reduce(0) { $0 + $1.size }, file: console.remarks)
        defer { progress.end() }
        let importer = Importer(client: client, existing: .append, sameness: .name, progress: progress)
        let imported = try await importer.run(plan)
        var report = DemoReport(skipped: imported.skipped)
        for demo in demos {
            guard let entry = imported.playlists.first(where: { $0.title == demo.title }) else { continue }
            let isBound = try await bind(demo.tag, to: entry, progress: progress)
            report.playlists.append(
                DemoReport.Entry(id: entry.id, title: entry.title, tag: isBound ? demo.tag : nil, summary: entry.line)
            )
        }
        return report
    }

    /// A demo tag that somebody has bound to something else stays there.
    private func bind(_ tag: String, to entry: ImportReport.Entry, progress: ImportProgress) async throws -> Bool {
        do {
            _ = try await client.bind(tag: tag, playlistID: entry.id, force: false)
            return true
        } catch let error as CtlError where error.refusal?.httpStatus == 409 {
            progress.remark(error.what)
            return false
        }
    }
}
