/// What is known of the file of a track, to compare with what lies on the disk.
package struct TrackFile: Sendable, Equatable {
    package var trackID: String
    package var playlistID: String
    /// Relative to `media/`.
    package var filePath: String
    /// SHA-256, lower-case hex.
    package var fileHash: String?
    /// Bytes.
    package var fileSize: Int

    package init(trackID: String, playlistID: String, filePath: String, fileHash: String?, fileSize: Int) {
        self.trackID = trackID
        self.playlistID = playlistID
        self.filePath = filePath
        self.fileHash = fileHash
        self.fileSize = fileSize
    }
}
