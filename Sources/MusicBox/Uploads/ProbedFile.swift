package import MusicLibrary

/// What a look into an audio file tells.
package struct ProbedFile: Sendable, Equatable {
    package struct Cover: Sendable, Equatable {
        package var bytes: [UInt8]
        /// "jpg" or "png".
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
    package var cover: Cover?
    /// In order, without gaps; empty for a file that is one piece.
    package var chapters: [Chapter]
    package var loudness: Loudness?

    package init(
        durationMs: Int?,
        title: String?,
        artist: String?,
        album: String?,
        cover: Cover?,
        chapters: [Chapter] = [],
        loudness: Loudness? = nil
    ) {
        self.durationMs = durationMs
        self.title = title
        self.artist = artist
        self.album = album
        self.cover = cover
        self.chapters = chapters
        self.loudness = loudness
    }
}
