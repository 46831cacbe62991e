import MediaNaming
import MusicBoxAPI
import Testing

@testable import musicboxctl

@Suite struct ImportPlanTests {
    private func folder(_ components: String..., files: String...) -> AudioFolder {
        AudioFolder(components: components, files: files.map { AudioFile(path: $0, name: $0, size: 1) })
    }

    private func titles(_ plan: ImportPlan) -> [String] {
        plan.playlists.map { "\($0.title): \($0.files.map(\.name).joined(separator: " "))" }
    }

    @Test func eachFolderIsAPlaylist() throws {
        let plan = try ImportPlan(
            folders: [folder(files: "a"), folder("B", files: "b"), folder("B", "C", files: "c")],
            root: "R"
        )
        #expect(titles(plan) == ["R: a", "B: b", "C: c"])
    }

    @Test func discsBelongTogether() throws {
        let folders = [
            folder("Book", files: "0"), folder("Book", "CD 1", files: "1"), folder("Book", "CD 2", files: "2"),
        ]
        #expect(titles(try ImportPlan(folders: folders, root: "R")) == ["Book: 0 1 2"])
        #expect(
            titles(try ImportPlan(folders: [folder("cd1", files: "1"), folder("cd2", files: "2")], root: "R")) == [
                "R: 1 2"
            ]
        )
    }

    @Test(arguments: [
        ("CD1", true), ("cd 02", true), ("Disc-3", true), ("DISK_4", true), ("CD", false), ("CDs", false),
        ("CD 1 of 2", false), ("Discovery 1", false), ("CD 2024", false), ("Best of", false),
    ])
    func knowsDiscs(_ name: String, _ isDisc: Bool) {
        #expect(DiscFolder.isDisc(name) == isDisc)
    }

    @Test func equalNamesAreToldApart() throws {
        let plan = try ImportPlan(
            folders: [folder("A", "Songs", files: "1"), folder("B", "songs", files: "2")],
            root: "R"
        )
        #expect(plan.playlists.map(\.title) == ["R - A - Songs", "R - B - songs"])
    }

    @Test func singleTakesAll() throws {
        let folders = [folder("A", files: "a"), folder("B", files: "b")]
        #expect(titles(try ImportPlan(folders: folders, root: "R", single: true)) == ["R: a b"])
        #expect(titles(try ImportPlan(folders: folders, root: "R", title: "T", single: true)) == ["T: a b"])
        #expect(titles(try ImportPlan(folders: [folder("A", files: "a")], root: "R", title: "T")) == ["T: a"])
    }

    @Test func oneTitleIsNotForSeveral() {
        let error = #expect(throws: CtlError.self) {
            try ImportPlan(folders: [folder("A", files: "a"), folder("B", files: "b")], root: "R", title: "T")
        }
        #expect(error?.code == .usage)
    }

    @Test func nothingIsNothing() throws {
        #expect(try ImportPlan(folders: [], root: "R", title: "T").playlists.isEmpty)
    }

    @Test("An import that is run twice does not double a playlist unasked")
    func existingPlaylists() throws {
        let plan = try ImportPlan(folders: [folder("New", files: "a"), folder("Old", files: "b")], root: "R")
        let library = [playlist("old", id: "1"), playlist("other", id: "2")]
        #expect(throws: CtlError.self) { try Importer.targets(of: plan, existing: .refuse, in: library) }
        #expect(try Importer.targets(of: plan, existing: .append, in: library).map { $0?.id } == [nil, "1"])
        #expect(try Importer.targets(of: plan, existing: .duplicate, in: library).map { $0?.id } == [nil, nil])
        #expect(try Importer.targets(of: plan, existing: .refuse, in: []).count == 2)
        let twice = library + [playlist("OLD", id: "3")]
        #expect(throws: CtlError.self) { try Importer.targets(of: plan, existing: .append, in: twice) }
    }

    @Test(arguments: [
        ("a.mp3", true), ("A.FLAC", true), ("b.m4b", true), ("x.ogg", true), ("cover.jpg", false), ("mp3", false),
        (".mp3", false), ("a.mp3.part", false), ("a.cue", false), ("a.", false),
    ])
    func knowsAudioByName(_ name: String, _ isAudio: Bool) {
        #expect(AudioFile.looksLikeAudio(name) == isAudio)
    }
}
