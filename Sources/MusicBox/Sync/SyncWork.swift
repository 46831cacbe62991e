import MusicLibrary

/// Carries out a plan, piece by piece through the inbox, and announces what came of it.
struct SyncWork {
    /// A new file that can be played; its picture is saved already.
    struct Found: Sendable {
        var inspection: MediaStore.Inspection
        var coverPath: String?
    }

    let box: MusicBox
    let media: MediaStore
    var report: SyncReport
    private var made: [String: String] = [:]
    private var changed: [String] = []

    init(box: MusicBox, media: MediaStore, report: SyncReport) {
        self.box = box
        self.media = media
        self.report = report
    }

    mutating func carryOut(
        _ plan: SyncPlan,
        changes: [SyncComparison.Change],
        found: [String: Found]
    ) async throws {
        let outcome: Result<Void, any Error>
        do {
            try await rename(plan.renames)
            try await relocate(plan.relocations)
            try await refresh(changes, found: found)
            for addition in plan.additions { try await add(addition, found: found) }
            for removal in plan.removals { try await remove(removal) }
            report.tracksMissing = plan.keptMissing
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // What was done until an error is told as well.
        try await box.announce(changed)
        try outcome.get()
    }

    private mutating func rename(_ renames: [SyncPlan.Rename]) async throws {
        for rename in renames {
            try await box.enqueue { box in
                try await box.library.setFolder(rename.to, of: rename.playlistID)
                guard let playlist = try await box.library.playlist(id: rename.playlistID) else { return }
                // A title that was the folder's goes with it; one that people gave stays.
                guard playlist.title == SyncPlan.title(of: rename.from) else { return }
                try await box.library.updatePlaylist(id: rename.playlistID, title: SyncPlan.title(of: rename.to))
            }
            note(rename.playlistID)
        }
    }

    private mutating func relocate(_ relocations: [SyncPlan.Relocation]) async throws {
        for relocation in relocations {
            let target: String? =
                if let target = relocation.target { try await playlist(for: target) } else { nil }
            let owners = try await box.enqueue { box in
                let before = try await box.library.track(id: relocation.trackID)
                try await box.library.relocate([(relocation.trackID, relocation.filePath)])
                if let target { try await box.library.moveTrack(relocation.trackID, to: target) }
                return [before?.playlistID, target]
            }
            report.tracksMoved += 1
            for case let owner? in owners { note(owner) }
        }
    }

    private mutating func refresh(
        _ changes: [SyncComparison.Change],
        found: [String: Found]
    ) async throws {
        for change in changes {
            guard let inspection = found[change.file.path]?.inspection else { continue }
            try await box.enqueue { box in
                try await box.library.refresh(
                    trackID: change.track.trackID,
                    fileSize: inspection.fileSize,
                    fileHash: inspection.fileHash,
                    durationMs: inspection.content.durationMs
                )
            }
            note(change.track.playlistID)
        }
    }

    private mutating func add(_ addition: SyncPlan.Addition, found: [String: Found]) async throws {
        var batch: [NewTrack] = []
        var rest = addition.paths[...]
        while let path = rest.popFirst() {
            if let file = found[path] { batch += tracks(path, file) }
            guard batch.count >= LibrarySync.batch || rest.isEmpty, !batch.isEmpty else { continue }
            let (tracks, id) = (batch, try await playlist(for: addition.target))
            try await box.takeIn(tracks, to: id)
            report.tracksAdded += tracks.count
            note(id)
            batch = []
        }
    }

    private func tracks(_ path: String, _ file: Found) -> [NewTrack] {
        let whole = media.track(
            file.inspection,
            filename: MediaFile.name(of: path),
            filePath: path,
            coverPath: file.coverPath
        )
        return whole.parts(file.inspection.content.chapters)
    }

    private mutating func remove(_ removal: SyncPlan.Removal) async throws {
        try await box.enqueue { box in
            // Somebody may have removed some of them since.
            let wanted = Set(removal.trackIDs)
            let present = try await box.library.playlist(id: removal.playlistID)?.tracks ?? []
            let tracks = present.filter { wanted.contains($0.id) }
            guard !tracks.isEmpty else { return }
            // The files are gone already, and a cover may come in handy when they return: nothing is deleted.
            try await box.library.removeTracks(tracks.map(\.id), from: removal.playlistID)
            let seq = try await box.library.playlist(id: removal.playlistID)?.summary.playlistSeq ?? 1
            await box.publish(
                .tracksDeleted(
                    playlistID: removal.playlistID,
                    numbers: tracks.map(\.number),
                    ids: tracks.map(\.id),
                    playlistSeq: seq
                )
            )
        }
        report.tracksRemoved += removal.trackIDs.count
        note(removal.playlistID)
    }

    private mutating func playlist(for target: SyncPlan.Target) async throws -> String {
        switch target {
        case .playlist(let id): return id
        case .folder(let folder):
            if let id = made[folder] { return id }
            let playlist = try await box.createPlaylist(title: SyncPlan.title(of: folder), folder: folder)
            made[folder] = playlist.id
            return playlist.id
        }
    }

    private mutating func note(_ playlistID: String) {
        if !changed.contains(playlistID) { changed.append(playlistID) }
    }
}
