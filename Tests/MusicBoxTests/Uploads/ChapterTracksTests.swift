import MusicLibrary
import Testing

@testable import MusicBox

@Suite struct ChapterTracksTests {
    @Test func chaptersBecomeTracks() {
        let book = NewTrack.sample("Book", durationMs: 10_000)
        #expect(book.parts([]) == [book])
        let parts = book.parts([
            .init(title: "One", startMs: 0, endMs: 4000), .init(title: nil, startMs: 4000, endMs: nil),
        ])
        #expect(parts.map(\.title) == ["One", "Book (2)"])
        #expect(parts.map(\.durationMs) == [4000, 6000])
        #expect(parts.map(\.startMs) == [0, 4000] && parts.map(\.endMs) == [4000, nil])
        #expect(parts.allSatisfy { $0.album == "Book" && $0.filePath == book.filePath })
    }

    @Test(arguments: [
        ("http://radio.example/", "radio.example"),
        ("https://u:p@radio.example:8000/live.mp3?x=/1", "live.mp3 (radio.example:8000)"),
        ("http://", "http://"), ("nonsense", "nonsense"),
    ])
    func addressesMakeTitles(url: String, title: String) {
        #expect(MusicBox.title(ofAddress: url) == title)
    }
}
