import Testing

@testable import MusicLibrary

@Suite struct SearchTests {
    @Test(arguments: [
        ("STRASSE", ["Straßenlieder"]),
        ("straße", ["Straßenlieder"]),
        ("fur elise", ["Klavier"]),
        ("FÜR", ["Klavier"]),
        ("fu\u{308}r", ["Klavier"]),
        ("beethoven", ["Klavier"]),
        ("elise klavier", ["Klavier"]),
        ("lied", ["Straßenlieder", "Kinderlieder"]),
        ("été", ["Kinderlieder"]),
        ("ETE", ["Kinderlieder"]),
        ("ﬁn", ["Kinderlieder"]),
        ("犬", ["Klavier"]),
        ("album", ["Klavier"]),
        ("night", ["Kinderlieder"]),
        ("", ["Straßenlieder", "Klavier", "Kinderlieder"]),
        ("   ", ["Straßenlieder", "Klavier", "Kinderlieder"]),
        ("elise lied", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("k k k k k k k k k k k k k", ["Klavier", "Kinderlieder"]),
    ])
    func search(query: String, titles: [String]) async throws {
        try await withLibrary { library, _ in
            try await library.createPlaylist(title: "Straßenlieder")
            let piano = try await library.createPlaylist(title: "Klavier")
            var elise = NewTrack.sample("Für Elise")
            elise.artist = "Ludwig van Beethoven"
            elise.album = "Album"
            try await library.addTrack(to: piano.id, elise)
            try await library.addTrack(to: piano.id, .sample("小犬のワルツ"))
            let children = try await library.createPlaylist(title: "Kinderlieder", description: "good night")
            try await library.addTrack(to: children.id, .sample("L'ÉTÉ sans fin"))

            let found = try await library.playlists(page: 1, limit: 10, search: query)

            #expect(found.items.map(\.title) == titles)
            #expect(found.total == titles.count)
        }
    }

    @Test func whatWasRenamedIsFoundByItsNewNameOnly() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("old", "tune")
            try await library.updatePlaylist(id: playlist.id, title: "new")
            try await library.updateTrack(id: playlist.tracks[0].id, title: "song")
            for (query, count) in [("old", 0), ("new", 1), ("tune", 0), ("song", 1)] {
                #expect(try await library.playlists(page: 1, limit: 10, search: query).total == count)
            }
        }
    }
}
