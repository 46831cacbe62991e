package import MusicLibrary

/// What a look into an audio file tells.
package struct ProbedFile: Sendable, Equatable {
    package struct Cover: Sendable, Equatable {
        package var bytes: [UInt8]
        /// "jpg", "png", "gif", "webp" or "bmp".
        package var fileExtension: String

        package init(bytes: [UInt8], fileExtension: String) {
            self.bytes = bytes
            self.fileExtension = fileExtension
        }
    }

    /// A part of the file that is a track of its own; milliseconds.
    package struct Chapter: Sendable, Equatable {
        package var title: String?
        package var startMs: Int
        /// nil: with the file.
        package var endMs: Int?

        package init(title: String?, startMs: Int, endMs: Int?) {
            self.title = title
            self.startMs = startMs
            self.endMs = endMs
        }
    }

    package var durationMs: Int?
    package var title: String?
    package var artist: String?
    package var album: String?
    /// What the file calls its own place in the album.
    package var trackNumber: Int?
    /// For example `mp3`, `flac`, `aac`.
    package var codec: String?
    /// In Hz.
    package var sampleRate: Int?
    package var channels: Int?
    package var cover: Cover?
    /// In order, without gaps; empty for a file that is one piece.
    package var chapters: [Chapter]
    package var loudness: Loudness?

    package init(
        durationMs: Int?,
        title: String?,
        artist: String?,
        album: String?,
        trackNumber: Int? = nil,
        codec: String? = nil,
        sampleRate: Int? = nil,
        channels: Int? = nil,
        cover: Cover?,
        chapters: [Chapter] = [],
        loudness: Loudness? = nil
    ) {
        self.durationMs = durationMs
        self.title = title
        self.artist = artist
        self.album = album
        self.trackNumber = trackNumber
        self.codec = codec
        self.sampleRate = sampleRate
        self.channels = channels
        self.cover = cover
        self.chapters = chapters
        self.loudness = loudness
    }
}
