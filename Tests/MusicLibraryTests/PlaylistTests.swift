import Testing

@testable import MusicLibrary

@Suite struct PlaylistTests {
    @Test func aNewPlaylistIsReadBackAsItWasReturned() async throws {
        try await withLibrary { library, clock in
            let made = try await library.createPlaylist(title: "  Lullabies\n", description: "For the\nnight ")
            #expect(made.title == "Lullabies")
            #expect(made.summary.description == "For the\nnight")
            #expect(made.id == made.id.lowercased() && made.id.count == 36)
            #expect(made.summary.createdAt == clock.now)
            #expect(made.summary.playlistSeq == 1)
            #expect(try await library.playlist(id: made.id) == made)
            #expect(try await library.playlists() == [made.summary])
        }
    }

    @Test(arguments: ["", "  ", "\n\t", "\u{0}"]) func aTitleNeedsALetter(_ title: String) async throws {
        try await withLibrary { library, _ in
            #expect(await failure { try await library.createPlaylist(title: title) }?.code == .invalid)
            let playlist = try await library.createPlaylist(title: "a")
            #expect(await failure { try await library.updatePlaylist(id: playlist.id, title: title) }?.code == .invalid)
            #expect(try await library.existing(playlist.id) == playlist)
        }
    }

    @Test func anUpdateChangesOnlyWhatItNames() async throws {
        try await withLibrary { library, clock in
            let made = try await library.createPlaylist(title: "a", description: "b")
            clock.advance(by: 5)
            let renamed = try await library.updatePlaylist(id: made.id, title: "c")
            #expect(renamed.title == "c" && renamed.summary.description == "b")
            #expect(renamed.summary.playlistSeq == 2 && renamed.summary.updatedAt == clock.now)
            #expect(renamed.summary.createdAt == made.summary.createdAt)
            let same = try await library.updatePlaylist(id: made.id, title: "c", description: "b")
            #expect(same == renamed, "what changes nothing takes no number")
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await withLibrary { library, _ in
            let id = "00000000-0000-4000-8000-000000000000"
            for name in [id, "", "'; DROP TABLE playlist; --"] {
                let nothing = try await library.playlist(id: name)
                #expect(nothing == nil)
            }
            #expect(await failure { try await library.updatePlaylist(id: id, title: "x") }?.code == .notFound)
            #expect(await failure { try await library.deletePlaylist(id: id) }?.code == .notFound)
            #expect(await failure { try await library.addTrack(to: id, .sample("x")) }?.code == .notFound)
            #expect(await failure { try await library.removeTracks([], from: id) }?.code == .notFound)
            #expect(await failure { try await library.reorderTracks(in: id, order: []) }?.code == .notFound)
            #expect(await failure { try await library.bind(tag: "04aa", to: id) }?.code == .notFound)
        }
    }

    @Test func deletingTakesEverythingAlongAndNamesTheOrphans() async throws {
        try await withLibrary { library, _ in
            let kept = try await library.createPlaylist(title: "kept")
            let gone = try await library.createPlaylist(title: "gone")
            try await library.addTrack(to: kept.id, .sample("shared", cover: "shared.jpg"))
            try await library.addTrack(to: gone.id, .sample("shared", cover: "shared.jpg"))
            let own = try await library.addTrack(to: gone.id, .sample("own", cover: "own.jpg"))
            try await library.bind(tag: "04aa", to: gone.id)
            try await library.saveResumePoint(
                ResumePoint(playlistID: gone.id, trackID: own.id, positionMs: 1, updatedAt: own.createdAt)
            )

            let orphans = try await library.deletePlaylist(id: gone.id)

            #expect(orphans == OrphanedFiles(media: ["tunes/own.mp3"], covers: ["own.jpg"]))
            #expect(try await library.playlist(id: gone.id) == nil)
            #expect(try await library.track(id: own.id) == nil)
            #expect(try await library.playlist(forTag: "04aa") == nil)
            #expect(try await library.resumePoint(playlistID: gone.id) == nil)
            #expect(try await library.existing(kept.id).tracks.count == 1)
            #expect(try await library.referencedFiles().media == ["tunes/shared.mp3"])
        }
    }

    @Test func summariesCountTracksAndTime() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "a")
            try await library.addTrack(to: playlist.id, .sample("one", durationMs: 1500))
            try await library.addTrack(to: playlist.id, .sample("two", durationMs: nil))
            try await library.addTrack(to: playlist.id, .sample("three", durationMs: 500))
            let whole = try await library.existing(playlist.id)
            #expect(whole.summary.trackCount == 3 && whole.summary.totalDurationMs == 2000)
            #expect(try await library.playlists() == [whole.summary])
        }
    }

    @Test(arguments: [
        (1, 2, ["a", "b"]), (2, 2, ["c", "d"]), (3, 2, ["e"]), (4, 2, []), (1, 100, ["a", "b", "c", "d", "e"]),
        (Int.max, Int.max, []),
    ])
    func pages(page: Int, limit: Int, titles: [String]) async throws {
        try await withLibrary { library, _ in
            for title in ["a", "b", "c", "d", "e"] { try await library.createPlaylist(title: title) }
            let found = try await library.playlists(page: page, limit: limit)
            #expect(found.items.map(\.title) == titles)
            #expect(found.total == 5)
        }
    }

    @Test(arguments: [(0, 1), (1, 0), (-1, 5)]) func pagesThatDoNotExist(page: Int, limit: Int) async throws {
        try await withLibrary { library, _ in
            #expect(await failure { try await library.playlists(page: page, limit: limit) }?.code == .invalid)
        }
    }
}
