import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(1))) struct MediaNameTests {
    @Test(
        "names of clients become names of files",
        arguments: [
            ("song.mp3", "song.mp3"),
            ("Käse & Brot – 1.flac", "Käse & Brot – 1.flac"),
            ("../../etc/passwd.mp3", "passwd.mp3"),
            ("/etc/shadow", "shadow"),
            ("C:\\music\\song.mp3", "song.mp3"),
            ("..", "track"),
            (".", "track"),
            ("", "track"),
            ("///", "track"),
            (" . . ", "track"),
            (".hidden.mp3", "hidden.mp3"),
            ("...mp3", "mp3"),
            ("a\u{0}b\n\u{1B}[2Jc.mp3", "ab[2Jc.mp3"),
            ("\u{85}\u{7F}x.mp3", "x.mp3"),
            ("dir/", "dir"),
        ]
    )
    func sanitized(name: String, file: String) {
        #expect(MediaName.sanitized(name) == file)
    }

    private static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    static let overlong: [(String, String?)] = [
        (times(300, "a") + ".mp3", "mp3"),
        (times(300, "ü") + ".flac", "flac"),
        (times(60, "👨‍👩‍👧") + ".ogg", "ogg"),
        ("e" + times(500, "\u{301}") + ".mp3", "mp3"),
        ("a.e" + times(500, "\u{301}"), nil),
        (times(500, ".") + "mp3", nil),
        (times(300, "a."), nil),
    ]

    @Test("long names keep their extension and fit the file system, numbered too", arguments: overlong)
    func longNames(name: String, suffix: String?) {
        let file = MediaName.sanitized(name)
        #expect(!file.isEmpty)
        #expect(!file.hasPrefix("."))
        #expect(file.utf8.count <= MediaName.maximumBytes)
        #expect(MediaName.numbered(file, 10_000).utf8.count <= 255)
        #expect(MediaName.pathExtension(file) == suffix)
    }

    @Test(
        "extensions",
        arguments: [
            ("a.mp3", "mp3"), ("a.MP3", "mp3"), ("a.b.flac", "flac"), ("a", nil), (".mp3", nil), ("a.", nil),
            ("a.toolong", nil), ("a.m p", nil), ("a.é", nil), ("a.m4a", "m4a"),
        ]
    )
    func pathExtension(name: String, suffix: String?) {
        #expect(MediaName.pathExtension(name) == suffix)
    }

    @Test(
        "numbers stand before the extension",
        arguments: [
            ("a.mp3", 1, "a.mp3"), ("a.mp3", 2, "a (2).mp3"), ("a", 3, "a (3)"), ("a.b.mp3", 12, "a.b (12).mp3"),
        ]
    )
    func numbered(name: String, number: Int, file: String) {
        #expect(MediaName.numbered(name, number) == file)
    }

    @Test("titles", arguments: [("a.mp3", "a"), ("a.b.mp3", "a.b"), ("a", "a"), (".mp3", ".mp3")])
    func titles(name: String, title: String) {
        #expect(MediaName.title(of: name) == title)
    }
}
