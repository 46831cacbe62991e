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

    package var durationMs: Int?
    package var title: String?
    package var artist: String?
    package var album: String?
    package var cover: Cover?
    package var loudness: Loudness?

    package init(
        durationMs: Int?,
        title: String?,
        artist: String?,
        album: String?,
        cover: Cover?,
        loudness: Loudness? = nil
    ) {
        self.durationMs = durationMs
        self.title = title
        self.artist = artist
        self.album = album
        self.cover = cover
        self.loudness = loudness
    }
}
