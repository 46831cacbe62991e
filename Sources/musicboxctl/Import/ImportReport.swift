import MusicBoxAPI

/// What an import did: the document of `--json`, and lines for people.
struct ImportReport: Encodable {
    struct Entry: Encodable {
        var id: String
        var title: String
        var tracks: [Track] = []
        /// Files that the playlist had before, with `--append`.
        var present = 0
    }

    var playlists: [Entry] = []
    var skipped: [SkippedFile] = []

    /// One line per playlist: `Lullabies: 3 tracks, 2:15`.
    var lines: [String] {
        playlists.map { entry in
            let count = entry.tracks.count == 1 ? "1 track" : "\(entry.tracks.count) tracks"
            let time = DurationText.text(milliseconds: entry.tracks.reduce(0) { $0 + ($1.durationMs ?? 0) })
            let line = "\(entry.title): \(count), \(time)"
            return (entry.present > 0 ? "\(line); \(entry.present) were there already" : line).printable
        }
    }
}
