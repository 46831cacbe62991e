import MusicLibrary
import Testing

@testable import MusicBox

@Suite struct SyncPlanTests {
    /// The contents of a file are told by one letter.
    private static func hash(_ letter: Character) -> String { String(repeating: String(letter), count: 64) }

    private static func track(_ id: String, _ path: String, in playlist: String, _ contents: Character = "a")
        -> TrackFile
    {
        TrackFile(trackID: id, playlistID: playlist, filePath: path, fileHash: hash(contents), fileSize: 1)
    }

    /// A plan for tracks, and files on the disk with their contents; `mine` are the folders of playlists.
    private static func plan(
        _ tracks: [TrackFile],
        disk: [String: Character],
        folders: [String: String] = [:]
    ) -> SyncPlan {
        var scan = MediaScan(files: disk.keys.map { MediaFile(path: $0, size: 1, modifiedMs: 0) })
        scan.note(unreadable: [:])
        let comparison = SyncComparison(scan, tracks: tracks, claimed: [])
        let hashes = Dictionary(uniqueKeysWithValues: comparison.new.map { ($0.path, hash(disk[$0.path] ?? "?")) })
        return SyncPlan(comparison, hashes: hashes, folders: folders, tracks: tracks)
    }

    @Test func newFilesGroupByFolderInNaturalOrder() {
        let plan = Self.plan([], disk: ["B/10.mp3": "a", "B/9.mp3": "b", "A/CD 2/1.mp3": "c", "A/CD 1/1.mp3": "d"])
        #expect(
            plan.additions == [
                .init(target: .folder("A"), paths: ["A/CD 1/1.mp3", "A/CD 2/1.mp3"]),
                .init(target: .folder("B"), paths: ["B/9.mp3", "B/10.mp3"]),
            ]
        )
    }

    @Test func aNewFileGoesToThePlaylistOfItsFolder() {
        let plan = Self.plan([], disk: ["p1/x.mp3": "a"], folders: ["p1": "p1"])
        #expect(plan.additions == [.init(target: .playlist("p1"), paths: ["p1/x.mp3"])])
    }

    @Test func aRenamedFolderKeepsItsPlaylist() {
        let tracks = [Self.track("1", "old/1.mp3", in: "p", "a"), Self.track("2", "old/2.mp3", in: "p", "b")]
        let plan = Self.plan(
            tracks,
            disk: ["new/1.mp3": "a", "new/2.mp3": "b", "new/3.mp3": "c"],
            folders: ["old": "p"]
        )
        #expect(plan.renames == [.init(playlistID: "p", from: "old", to: "new")])
        #expect(plan.relocations.map(\.filePath) == ["new/1.mp3", "new/2.mp3"])
        #expect(plan.relocations.allSatisfy { $0.target == nil })
        #expect(plan.additions == [.init(target: .playlist("p"), paths: ["new/3.mp3"])])
        #expect(plan.removals.isEmpty)
    }

    @Test func aTrackThatPeopleMovedStaysWithThemWhenItsFolderIsRenamed() {
        let tracks = [Self.track("1", "old/1.mp3", in: "p", "a"), Self.track("2", "old/2.mp3", in: "q", "b")]
        let plan = Self.plan(tracks, disk: ["new/1.mp3": "a", "new/2.mp3": "b"], folders: ["old": "p"])
        #expect(plan.relocations.allSatisfy { $0.target == nil })
        #expect(plan.renames.count == 1)
    }

    @Test func aFileThatLeavesALivingFolderGoesToTheOther() {
        let tracks = [Self.track("1", "a/1.mp3", in: "p", "a"), Self.track("2", "a/2.mp3", in: "p", "b")]
        let toPlaylist = Self.plan(tracks, disk: ["a/1.mp3": "a", "b/2.mp3": "b"], folders: ["a": "p", "b": "q"])
        #expect(toPlaylist.relocations == [.init(trackID: "2", filePath: "b/2.mp3", target: .playlist("q"))])
        let toFolder = Self.plan(tracks, disk: ["a/1.mp3": "a", "c/2.mp3": "b"], folders: ["a": "p"])
        #expect(toFolder.relocations == [.init(trackID: "2", filePath: "c/2.mp3", target: .folder("c"))])
        #expect(toFolder.renames.isEmpty && toFolder.removals.isEmpty)
    }

    @Test func ofEqualFilesTheOneThatKeptItsNameMoved() {
        let tracks = [Self.track("1", "a/1.mp3", in: "p"), Self.track("2", "a/2.mp3", in: "p")]
        let plan = Self.plan(tracks, disk: ["b/2.mp3": "a", "b/1.mp3": "a", "b/0.mp3": "a"], folders: ["a": "p"])
        #expect(plan.relocations.map(\.filePath) == ["b/1.mp3", "b/2.mp3"])
        #expect(plan.additions.flatMap(\.paths) == ["b/0.mp3"])
    }

    @Test func chaptersGoWithTheirFile() {
        let tracks = (1...3).map { Self.track("\($0)", "a/book.m4b", in: "p") }
        let plan = Self.plan(tracks, disk: ["b/book.m4b": "a"], folders: ["a": "p"])
        #expect(plan.relocations.map(\.trackID) == ["1", "2", "3"])
        #expect(plan.relocations.allSatisfy { $0.filePath == "b/book.m4b" && $0.target == nil })
        #expect(plan.additions.isEmpty && plan.removals.isEmpty)
    }

    @Test func aFileThatVanishedFromALivingFolderGoes() {
        let tracks = [Self.track("1", "a/1.mp3", in: "p"), Self.track("2", "a/2.mp3", in: "p", "b")]
        let plan = Self.plan(tracks, disk: ["a/1.mp3": "a"], folders: ["a": "p"])
        #expect(plan.removals == [.init(playlistID: "p", trackIDs: ["2"])])
        #expect(plan.keptMissing == 0)
    }

    @Test func aFolderThatVanishedAsAWholeStays() {
        let tracks = [Self.track("1", "a/1.mp3", in: "p"), Self.track("2", "b/2.mp3", in: "q", "b")]
        let plan = Self.plan(tracks, disk: ["b/2.mp3": "b"])
        #expect(plan.removals.isEmpty)
        #expect(plan.keptMissing == 1)
    }

    @Test func nothingIsConcludedFromAnEmptyOrUnreadableDirectory() {
        let tracks = [Self.track("1", "a/1.mp3", in: "p")]
        #expect(SyncComparison(MediaScan(files: []), tracks: tracks, claimed: []).objection != nil)
        #expect(SyncComparison(MediaScan(files: []), tracks: [], claimed: []).objection == nil)
        var scan = MediaScan(files: [MediaFile(path: "b/2.mp3", size: 1, modifiedMs: 0)])
        scan.note(unreadable: ["": "i/o error"])
        #expect(SyncComparison(scan, tracks: tracks, claimed: []).objection != nil)
        scan.note(unreadable: ["a": "i/o error"])
        let comparison = SyncComparison(scan, tracks: tracks, claimed: [])
        #expect(comparison.objection == nil)
        #expect(comparison.missing.isEmpty)
    }

    @Test func claimedFoldersAreLeftAlone() {
        let scan = MediaScan(files: [MediaFile(path: "p/1.mp3", size: 1, modifiedMs: 0)])
        #expect(SyncComparison(scan, tracks: [], claimed: ["p"]).new.isEmpty)
    }

    @Test func aBurstOfChangesIsOneAndHasALimit() {
        var period = QuietPeriod(quiet: .seconds(3), limit: .seconds(10))
        let start = ContinuousClock.now
        #expect(period.due == nil)
        for second in 0...20 { period.noteChange(at: start + .seconds(second)) }
        #expect(period.due == start + .seconds(10))
        let isTime = period.take(at: start + .seconds(20))
        #expect(isTime)
        #expect(period.due == nil)
        period.noteChange(at: start + .seconds(21))
        let times = [23, 24].map { period.take(at: start + .seconds($0)) }
        #expect(times == [false, true])
    }
}
