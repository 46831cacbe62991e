package import FoundationEssentials

/// A playlist without its tracks.
package struct PlaylistSummary: Sendable, Equatable {
    /// A UUID in lower case.
    package var id: String
    package var title: String
    package var description: String
    /// Lower-case hex UIDs, the oldest binding first.
    package var tags: [String]
    package var trackCount: Int
    /// The sum of the durations that are known.
    package var totalDurationMs: Int
    package var createdAt: Date
    package var updatedAt: Date
    /// Increased by each change to the playlist, its tracks or its tags, in the same transaction.
    package var playlistSeq: Int

    package init(
        id: String,
        title: String,
        description: String,
        tags: [String],
        trackCount: Int,
        totalDurationMs: Int,
        createdAt: Date,
        updatedAt: Date,
        playlistSeq: Int
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.tags = tags
        self.trackCount = trackCount
        self.totalDurationMs = totalDurationMs
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.playlistSeq = playlistSeq
    }
}
