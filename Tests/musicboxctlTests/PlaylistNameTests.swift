import MusicBoxAPI
import Testing

@testable import musicboxctl

@Suite struct PlaylistNameTests {
    private let library = [
        playlist("Lullabies", id: "1"), playlist("Lullabies for Anna", id: "2"), playlist("Dragons", id: "3"),
        playlist("Songs", id: "4"), playlist("songs", id: "5"), playlist("3", id: "6"), playlist("Émile", id: "7"),
    ]

    @Test(arguments: [
        ("lullabies", "1"), ("LULLABIES F", "2"), ("d", "3"), ("3", "3"), ("4", "4"), ("émile", "7"), ("É", "7"),
    ])
    func finds(_ text: String, _ id: String) throws {
        #expect(try PlaylistName(text).match(in: library).id == id)
    }

    @Test(arguments: [("x", "no playlist"), ("", "no playlist"), ("lulla", "2 playlists"), ("SONGS", "give the id")])
    func refuses(_ text: String, _ words: String) throws {
        let error = #expect(throws: CtlError.self) { try PlaylistName(text).match(in: library) }
        #expect(try #require(error).description.contains(words))
        #expect(error?.code == .refused)
    }
}
