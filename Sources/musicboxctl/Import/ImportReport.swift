import MusicBoxAPI

/// What an import did: the document of `--json`, and lines for people.
struct ImportReport: Encodable {
    struct Entry: Encodable {
        var id: String
        var title: String
        var tracks: [Track] = []
        /// Files that the playlist had before, with `--append`.
        var present = 0

        /// For people: `Lullabies: 3 tracks, 2:15`.
        var line: String {
            let count = tracks.count == 1 ? "1 track" : "\(tracks.count) tracks"
            let time = DurationText.text(milliseconds: tracks.reduce(0) { $0 + ($1.durationMs ?? 0) })
            let line = "\(title): \(count), \(time)"
            return (present > 0 ? "\(line); \(present) were there already" : line).printable
        }
    }

    var playlists: [Entry] = []
    var skipped: [SkippedFile] = []
}
