import MusicBoxAPI

/// Carries out an import plan: makes the playlists and sends their files, one after the other.
struct Importer {
    /// What to do about a playlist whose title is there already: an import that is run twice must not double it unasked.
    enum Existing: Sendable {
        case refuse
        /// Add the files that the playlist does not have yet; this also finishes an import that was interrupted.
        case append
        /// Make another playlist of that title.
        case duplicate
    }

    /// How `append` knows a file that a playlist has already.
    enum Sameness: Sendable {
        /// The same bytes, whatever the name.
        case content
        /// The same name: for files that are made anew each time, and never quite the same.
        case name
    }

    let client: MusicBoxClient
    let existing: Existing
    var sameness = Sameness.content
    let progress: ImportProgress

    /// - Throws: `CtlError`; what was imported until then stays, but for playlists that would be empty.
    func run(_ plan: ImportPlan) async throws -> ImportReport {
        let targets = try Self.targets(of: plan, existing: existing, in: try await client.playlists())
        var report = ImportReport()
        for (playlist, target) in zip(plan.playlists, targets) {
            try await importPlaylist(playlist, into: target, report: &report)
        }
        return report
    }

    /// For each playlist of the plan the one to add to; nil: a new one. Decided for all before anything is changed.
    static func targets(
        of plan: ImportPlan,
        existing: Existing,
        in library: [Playlist]
    ) throws(CtlError) -> [Playlist?] {
        let byTitle = Dictionary(grouping: library) { $0.title.lowercased() }
        var targets: [Playlist?] = []
        for playlist in plan.playlists {
            let matches = byTitle[playlist.title.lowercased()] ?? []
            switch existing {
            case .duplicate:
                targets.append(nil)
            case .refuse where !matches.isEmpty:
                throw CtlError(
                    .refused,
                    "a playlist \"\(playlist.title)\" is there already",
                    remedy: "--append adds what it lacks, --force makes another one, --title names it differently"
                )
            case .append where matches.count > 1:
                throw CtlError(
                    .refused,
                    "\(matches.count) playlists are called \"\(playlist.title)\"",
                    remedy: "give another --title, or delete one of them"
                )
            default:
                targets.append(matches.first)
            }
        }
        return targets
    }

    private func importPlaylist(
        _ playlist: ImportPlan.Playlist,
        into target: Playlist?,
        report: inout ImportReport
    ) async throws {
        let id: String
        var present: [Track] = []
        if let target {
            id = target.id
            present = try await client.get("/playlists/\(id.percentEncoded)").decode(Playlist.self).tracks ?? []
        } else {
            id = try await client.post("/playlists", ["title": .string(playlist.title)]).decode(Identified.self).id
        }
        var entry = ImportReport.Entry(id: id, title: playlist.title)
        do {
            for file in playlist.files {
                try Task.checkCancellation()
                progress.begin(file)
                defer { progress.finish(file) }
                do {
                    if try await isPresent(file, in: present) {
                        entry.present += 1
                    } else {
                        let upload = TrackUpload(client: client, playlistID: id, file: file)
                        let made = try await upload.run { [progress] in progress.advance(to: $0) }
                        entry.tracks.removeAll { track in made.contains { $0.id == track.id } }
                        entry.tracks += made
                    }
                } catch let error as CtlError where error.concernsOneFile {
                    let skipped = SkippedFile(file: file.path, reason: error.what)
                    report.skipped.append(skipped)
                    progress.skipped(skipped)
                }
            }
        } catch {
            if target == nil { await deleteIfEmpty(entry) }
            throw Self.stopped(error, entry: entry)
        }
        if target == nil { await deleteIfEmpty(entry) }
        if target != nil || !entry.tracks.isEmpty { report.playlists.append(entry) }
    }

    /// The one field that is needed of a playlist just made.
    private struct Identified: Decodable {
        var id: String
    }

    private func isPresent(_ file: AudioFile, in tracks: [Track]) async throws -> Bool {
        guard sameness == .content else { return tracks.contains { $0.filename == file.name } }
        // The same size first, since hashing reads the whole file.
        let candidates = tracks.filter { $0.fileSize == file.size }
        guard !candidates.isEmpty else { return false }
        let digest = try await SourceFile(path: file.path).digest(size: file.size)
        return candidates.contains { $0.fileHash.map { $0 == digest } ?? ($0.filename == file.name) }
    }

    private func deleteIfEmpty(_ entry: ImportReport.Entry) async {
        guard entry.tracks.isEmpty else { return }
        await shielded { [client] in _ = try? await client.delete("/playlists/\(entry.id.percentEncoded)") }
    }

    /// Says how to go on with what was begun.
    private static func stopped(_ error: any Error, entry: ImportReport.Entry) -> any Error {
        guard !entry.tracks.isEmpty else { return error }
        var failure: CtlError
        switch error {
        case let error as CtlError: failure = error
        case is CancellationError: failure = CtlError(.interrupted, "interrupted")
        default: return error
        }
        let advice = "of \"\(entry.title)\" \(entry.tracks.count) files are in, --append goes on from there"
        failure.remedy = failure.remedy.map { "\($0); \(advice)" } ?? advice
        return failure
    }
}

extension CtlError {
    /// Whether the next file may fare better: this one is unreadable here, or the server refuses it for what it is.
    var concernsOneFile: Bool {
        switch refusal?.httpStatus {
        case nil: code == .noInput || code == .data
        case 400, 409, 413, 415, 422: true
        default: false
        }
    }
}
