/// A playlist with its tracks in order; both are of one moment.
package struct Playlist: Sendable, Equatable {
    package var summary: PlaylistSummary
    package var tracks: [Track]

    package init(summary: PlaylistSummary, tracks: [Track]) {
        self.summary = summary
        self.tracks = tracks
    }

    package var id: String { summary.id }
    package var title: String { summary.title }
}
