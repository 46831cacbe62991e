package import FoundationEssentials

/// One track of a playlist, as stored.
package struct Track: Sendable, Equatable {
    /// A UUID in lower case.
    package var id: String
    package var playlistID: String
    /// The place in the playlist, counted from 1, without gaps.
    package var number: Int
    package var title: String
    /// The name the file had when it was given to the box; for people, never used to open anything.
    package var filename: String
    /// Relative to `media/`; names no file where there is a `url`.
    package var filePath: String
    package var durationMs: Int?
    package var artist: String?
    package var album: String?
    /// SHA-256 of the file, lower-case hex.
    package var fileHash: String?
    /// Bytes.
    package var fileSize: Int
    package var playCount: Int
    package var createdAt: Date
    package var updatedAt: Date
    /// Relative to `covers/`.
    package var coverPath: String?
    /// Where in its file the track begins, in milliseconds: not 0 for the chapters behind the first.
    package var startMs: Int
    /// Where in its file it ends; nil: with the file.
    package var endMs: Int?
    /// The http(s) address that the sound comes from, instead of a file.
    package var url: String?
    /// Nil until it is known.
    package var loudness: Loudness?

    package init(
        id: String,
        playlistID: String,
        number: Int,
        title: String,
        filename: String,
        filePath: String,
        durationMs: Int?,
        artist: String?,
        album: String?,
        fileHash: String?,
        fileSize: Int,
        playCount: Int,
        createdAt: Date,
        updatedAt: Date,
        coverPath: String?,
        startMs: Int = 0,
        endMs: Int? = nil,
        url: String? = nil,
        loudness: Loudness? = nil
    ) {
        self.id = id
        self.playlistID = playlistID
        self.number = number
        self.title = title
        self.filename = filename
        self.filePath = filePath
        self.durationMs = durationMs
        self.artist = artist
        self.album = album
        self.fileHash = fileHash
        self.fileSize = fileSize
        self.playCount = playCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.coverPath = coverPath
        self.startMs = startMs
        self.endMs = endMs
        self.url = url
        self.loudness = loudness
    }
}
