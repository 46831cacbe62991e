import Testing

@testable import MusicLibrary

@Suite struct TagTests {
    @Test func aBoundTagFindsItsPlaylistWithAllTracks() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a", "b")
            #expect(try await library.bind(tag: "04aabbccddeeff", to: playlist.id) == nil)
            let found = try #require(try await library.playlist(forTag: "04aabbccddeeff"))
            #expect(try await library.existing(playlist.id) == found)
            #expect(found.tracks.map(\.title) == ["a", "b"])
            #expect(found.summary.tags == ["04aabbccddeeff"])
            #expect(found.summary.playlistSeq == playlist.summary.playlistSeq + 1)
            #expect(try await library.playlist(forTag: "04aabbccddeefe") == nil)
        }
    }

    @Test func anEmptyPlaylistHasATagToo() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "empty")
            try await library.bind(tag: "04aa", to: playlist.id)
            #expect(try await library.playlist(forTag: "04aa")?.tracks == [])
        }
    }

    @Test func severalTagsStandInTheOrderTheyWereBound() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "p")
            for tag in ["ff00", "0a0a", "8080"] { try await library.bind(tag: tag, to: playlist.id) }
            #expect(try await library.existing(playlist.id).summary.tags == ["ff00", "0a0a", "8080"])
            #expect(try await library.unbind(tag: "ff00") == playlist.id)
            try await library.bind(tag: "ff00", to: playlist.id)
            #expect(try await library.existing(playlist.id).summary.tags == ["0a0a", "8080", "ff00"])
            #expect(try await library.playlists()[0].tags == ["0a0a", "8080", "ff00"])
        }
    }

    @Test func aTagOfAnotherPlaylistIsAConflictThatNamesIt() async throws {
        try await withLibrary { library, _ in
            let one = try await library.createPlaylist(title: "one")
            let two = try await library.createPlaylist(title: "two")
            try await library.bind(tag: "04aa", to: one.id)
            let error = await failure { try await library.bind(tag: "04aa", to: two.id) }
            #expect(error?.code == .conflict)
            #expect(error?.conflict == LibraryError.Conflict(playlistID: one.id, playlistTitle: "one"))
            #expect(try await library.playlist(forTag: "04aa")?.id == one.id)

            #expect(try await library.bind(tag: "04aa", to: two.id, force: true) == one.id)
            #expect(try await library.playlist(forTag: "04aa")?.id == two.id)
            let after = try await library.existing(one.id).summary
            #expect(after.tags == [] && after.playlistSeq == 3)
        }
    }

    @Test func bindingTwiceChangesNothing() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "p")
            try await library.bind(tag: "04aa", to: playlist.id)
            let before = try await library.existing(playlist.id)
            #expect(try await library.bind(tag: "04aa", to: playlist.id) == playlist.id)
            #expect(try await library.existing(playlist.id) == before)
            #expect(try await library.unbind(tag: "04aa") == playlist.id)
            #expect(try await library.unbind(tag: "04aa") == nil)
        }
    }

    @Test(arguments: ["", "0", "04AA", "04:aa", "xyz", String(repeating: "0", count: 65), "04 aa"])
    func whatIsNoTag(_ tag: String) async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "p")
            #expect(await failure { try await library.bind(tag: tag, to: playlist.id) }?.code == .invalid)
            #expect(try await library.playlist(forTag: tag) == nil)
        }
    }
}
