/// What is known of a track before it has a place in a playlist.
package struct NewTrack: Sendable, Equatable {
    /// A UUID, or nil to be given one.
    package var id: String?
    package var title: String
    package var filename: String
    /// Relative to `media/`; the file lies there already.
    package var filePath: String
    package var durationMs: Int?
    package var artist: String?
    package var album: String?
    /// SHA-256 of the file, lower-case hex.
    package var fileHash: String?
    /// Bytes.
    package var fileSize: Int
    /// Relative to `covers/`.
    package var coverPath: String?
    /// Where in its file the track begins and ends (nil: with the file), in milliseconds.
    package var startMs: Int
    package var endMs: Int?
    /// An http(s) address instead of a file.
    package var url: String?
    /// What the file's tags say of it; nil leaves it to be measured.
    package var loudness: Loudness?

    package init(
        id: String? = nil,
        title: String,
        filename: String,
        filePath: String,
        durationMs: Int? = nil,
        artist: String? = nil,
        album: String? = nil,
        fileHash: String? = nil,
        fileSize: Int,
        coverPath: String? = nil,
        startMs: Int = 0,
        endMs: Int? = nil,
        url: String? = nil,
        loudness: Loudness? = nil
    ) {
        self.id = id
        self.title = title
        self.filename = filename
        self.filePath = filePath
        self.durationMs = durationMs
        self.artist = artist
        self.album = album
        self.fileHash = fileHash
        self.fileSize = fileSize
        self.coverPath = coverPath
        self.startMs = startMs
        self.endMs = endMs
        self.url = url
        self.loudness = loudness
    }
}
