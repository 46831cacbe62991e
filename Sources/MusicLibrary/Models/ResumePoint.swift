package import FoundationEssentials

/// Where a playlist was stopped; there is at most one per playlist.
package struct ResumePoint: Sendable, Equatable {
    package var playlistID: String
    package var trackID: String
    package var positionMs: Int
    package var updatedAt: Date

    package init(playlistID: String, trackID: String, positionMs: Int, updatedAt: Date) {
        self.playlistID = playlistID
        self.trackID = trackID
        self.positionMs = positionMs
        self.updatedAt = updatedAt
    }
}
