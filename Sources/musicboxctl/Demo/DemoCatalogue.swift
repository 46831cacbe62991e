/// What the demo consists of.
struct DemoAlbum: Sendable {
    var title: String
    var tag: String
    var cover: @Sendable () -> Canvas
    var tracks: [(tune: Tune, format: AudioFormat)]

    static let all = [
        DemoAlbum(
            title: "Good Night",
            tag: "04de300000001a",
            cover: { .night() },
            tracks: [(.twinkle, .mp3), (.brahms, .m4a), (.clairDeLune, .ogg)]
        ),
        DemoAlbum(
            title: "Morning Bells",
            tag: "04de300000002b",
            cover: { .bells() },
            tracks: [(.frereJacques, .mp3), (.odeToJoy, .opus)]
        ),
        DemoAlbum(
            title: "The Old Masters",
            tag: "04de300000003c",
            cover: { .piano() },
            tracks: [(.furElise, .flac), (.canon, .mp3), (.minuet, .m4a)]
        ),
        DemoAlbum(
            title: "Over the Hills",
            tag: "04de300000004d",
            cover: { .hills() },
            tracks: [(.greensleeves, .flac), (.avignon, .mp3)]
        ),
    ]
}

/// A format of file the demo comes in; together they are those a music box meets most.
enum AudioFormat: String, Sendable {
    case mp3, flac, m4a, ogg, opus

    /// Arguments for `ffmpeg`.
    var codec: [String] {
        switch self {
        case .mp3: ["-c:a", "libmp3lame", "-q:a", "2", "-id3v2_version", "3"]
        case .flac: ["-c:a", "flac", "-compression_level", "8"]
        case .m4a: ["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"]
        case .ogg: ["-c:a", "libvorbis", "-q:a", "5"]
        case .opus: ["-c:a", "libopus", "-b:a", "96k"]
        }
    }

    /// Ogg has no streams for pictures: they are a comment in base64
    /// (https://wiki.xiph.org/VorbisComment#METADATA_BLOCK_PICTURE).
    var keepsPictureInComment: Bool {
        self == .ogg || self == .opus
    }
}
