/// What `musicboxctl demo` did: the document of `--json`, and lines for people.
struct DemoReport: Encodable {
    struct Entry: Encodable {
        var id: String
        var title: String
        /// Nil when the demo tag belongs to another playlist.
        var tag: String?
        /// `Lullabies: 3 tracks, 2:15`.
        var summary: String

        enum CodingKeys: CodingKey {
            case id, title, tag
        }
    }

    var playlists: [Entry] = []
    var skipped: [SkippedFile] = []

    var lines: [String] {
        playlists.map { entry in
            entry.tag.map { "\(entry.summary); musicboxctl tap \($0)" } ?? entry.summary
        }
    }
}
