package import Logging
import MusicLibrary

/// Keeps the library equal to what lies in the media directory, by whatever way it came there. Reads the disk beside the
/// inbox and changes the library through it; deletes nothing from the disk, ever.
package actor LibrarySync {
    /// A file counts as whole when it was not written to for this long.
    static let settleTime: Duration = .seconds(1)
    /// How often a file that is still written is looked at again before it is left to the next sync.
    static let settleRounds = 10
    /// Tracks per entry of the inbox: a tap waits for at most one of them.
    static let batch = 100
    private static let inspectors = 2

    private let box: MusicBox
    private let media: MediaStore
    private let logger: Logger
    private var current: Task<SyncReport, any Error>?
    private var following: Task<SyncReport, any Error>?
    /// Files that cannot be played, as they were when that was found out.
    private var unplayable: [MediaFile: String] = [:]

    package init(box: MusicBox, media: MediaStore, logger: Logger) {
        self.box = box
        self.media = media
        self.logger = logger
    }

    /// Syncs once, beginning after this call: one that is under way may have passed what the caller means. Who calls
    /// meanwhile shares the next one.
    package func sync() async throws -> SyncReport {
        if let following { return try await following.value }
        let previous = current
        // A task of its own: a client that goes away must not leave the work half done.
        let task = Task {
            _ = try? await previous?.value
            self.began()
            return try await self.run()
        }
        following = task
        return try await task.value
    }

    private func began() {
        current = following
        following = nil
    }

    private func run() async throws -> SyncReport {
        let directory = media.directories.media
        let scan = try await media.files.run { MediaScan(of: directory) }
        // In this order: a file that is claimed no more is known to the library by the time its tracks are read.
        let claimed = media.claimedFolders
        let tracks = try await box.library.trackFiles()
        let comparison = SyncComparison(scan, tracks: tracks, claimed: claimed)
        var report = SyncReport()
        if let objection = comparison.objection {
            logger.warning("The library was not synced", metadata: ["reason": "\(objection)"])
            report.notice = objection
            report.tracksMissing = tracks.count
            report.playlistsCount = try await box.library.playlists(page: 1, limit: 1).total
            return report
        }
        for (folder, reason) in scan.unreadable.sorted(by: { $0.key < $1.key }) { report.skip(folder, reason) }
        for skipped in scan.skipped { report.skip(skipped.file, skipped.reason) }
        let candidates = Set(comparison.new + comparison.changed.map(\.file))
        unplayable = unplayable.filter { candidates.contains($0.key) }

        let settled = await settle(comparison.new + comparison.changed.map(\.file), report: &report)
        let found = await inspect(settled, report: &report)
        let folders = try await box.library.folders()
        let new = Set(comparison.new.map(\.path))
        let hashes = found.filter { new.contains($0.key) }.mapValues(\.inspection.fileHash)
        let plan = SyncPlan(comparison, hashes: hashes, folders: folders, tracks: tracks)
        var work = SyncWork(box: box, media: media, report: report)
        try await work.carryOut(plan, changes: comparison.changed, found: found)
        report = work.report
        report.playlistsCount = try await box.library.playlists(page: 1, limit: 1).total
        log(report)
        return report
    }

    /// Waits for files that somebody is writing, and leaves out those that take too long.
    private func settle(_ files: [MediaFile], report: inout SyncReport) async -> [MediaFile] {
        let directory = media.directories.media
        let now = box.time.wallMilliseconds
        // A box without a clock lives in the past: a time in its future says nothing about the age of a file.
        let margin = Int(Self.settleTime / .milliseconds(1)) * 2
        var settled = files.filter { $0.modifiedMs < now - margin }
        var waiting = files.filter { $0.modifiedMs >= now - margin }
        for _ in 0..<Self.settleRounds where !waiting.isEmpty {
            do { try await box.time.sleep(until: box.time.now + Self.settleTime) } catch { break }
            let before = waiting
            let after = try? await media.files.run { before.map { MediaScan.look(at: $0.path, in: directory) } }
            waiting = []
            for (old, new) in zip(before, after ?? []) {
                guard let new else { continue }
                if new == old { settled.append(new) } else { waiting.append(new) }
            }
        }
        report.unfinished = waiting.count
        return settled
    }

    /// Looks into files, two at a time.
    private func inspect(_ files: [MediaFile], report: inout SyncReport) async -> [String: SyncWork.Found] {
        var found: [String: SyncWork.Found] = [:]
        let (known, unknown) = (unplayable, files.filter { unplayable[$0] == nil })
        for file in files { if let reason = known[file] { report.skip(file.path, reason) } }
        let media = media
        await withTaskGroup(of: (MediaFile, Result<SyncWork.Found, any Error>).self) { group in
            var rest = unknown[...]
            func next() {
                guard let file = rest.popFirst() else { return }
                group.addTask {
                    let path = media.directories.media + "/" + file.path
                    do {
                        var inspection = try await media.inspect(path, name: file.path)
                        // A cover that cannot be saved is no reason to leave out the music.
                        let cover = try? await media.saveCover(of: inspection)
                        // Ten thousand pictures have no place in memory.
                        inspection.content.cover = nil
                        return (file, .success(SyncWork.Found(inspection: inspection, coverPath: cover ?? nil)))
                    } catch {
                        return (file, .failure(error))
                    }
                }
            }
            for _ in 0..<Self.inspectors { next() }
            while let (file, result) = await group.next() {
                switch result {
                case .success(let finding): found[file.path] = finding
                case .failure(BoxError.invalid(let reason)):
                    unplayable[file] = reason
                    report.skip(file.path, reason)
                    logger.warning("A file in the media directory is skipped", metadata: ["reason": "\(reason)"])
                case .failure(let error): report.skip(file.path, "\(error)")
                }
                next()
            }
        }
        return found
    }

    private func log(_ report: SyncReport) {
        guard report.changedAnything || report.tracksMissing > 0 else { return }
        logger.info(
            "The library was synced with the media directory",
            metadata: [
                "added": "\(report.tracksAdded)", "removed": "\(report.tracksRemoved)",
                "moved": "\(report.tracksMoved)", "missing": "\(report.tracksMissing)",
                "skipped": "\(report.skipped.count)",
            ]
        )
    }
}
