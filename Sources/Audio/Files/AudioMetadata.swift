/// What a file says about itself.
package struct AudioMetadata: Sendable, Equatable {
    /// The picture of an album, as it lies in the file.
    package struct Cover: Sendable, Equatable {
        package var mimeType: String
        package var bytes: [UInt8]
    }

    /// A part of the file with a name of its own.
    package struct Chapter: Sendable, Equatable {
        package var title: String?
        package var startMs: Int
        /// nil for the last one, which ends with the file.
        package var endMs: Int?
    }

    /// Length of the sound, exact to a few milliseconds.
    package var durationMs: Int
    package var title: String?
    package var artist: String?
    package var album: String?
    package var trackNumber: Int?
    /// For example `mp3`, `flac`, `aac`.
    package var codec: String
    /// FFmpeg's name of the container, for example `mp3` or `mov,mp4,m4a,3gp,3g2,mj2`.
    package var container: String
    /// In Hz.
    package var sampleRate: Int
    package var channels: Int
    package var cover: Cover?
    /// In order and without gaps; none, or at least two.
    package var chapters: [Chapter] = []
    /// As the tags have it; nil where they do not tell.
    package var loudness: Loudness?
}
