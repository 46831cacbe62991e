/// A file that looks like music or speech; whether it can be played is the server's to say.
struct AudioFile: Equatable, Sendable {
    let path: String
    let name: String
    /// Bytes.
    let size: Int
    /// What goes over the file's own tags; nil for a file that is imported as it is.
    var details: Details?

    struct Details: Equatable, Sendable {
        var title: String
        var artist: String?
        var album: String?
    }

    init(path: String, name: String, size: Int, details: Details? = nil) {
        self.path = path
        self.name = name
        self.size = size
        self.details = details
    }

    private static let extensions: Set = [
        "3ga", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "au", "caf", "dff", "dsf", "flac", "m4a", "m4b",
        "mka",
        "mp1", "mp2", "mp3", "mp4", "mpc", "oga", "ogg", "opus", "spx", "tak", "tta", "wav", "wave", "weba", "webm",
        "wma",
        "wv",
    ]

    /// Whether the name has an extension of sound; covers and notes that lie beside the music have none.
    static func looksLikeAudio(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// Whether it is a CUE sheet, which divides an audio file beside it into tracks.
    static func looksLikeSheet(_ name: String) -> Bool { name.lowercased().hasSuffix(".cue") && name.count > 4 }

    var isSheet: Bool { Self.looksLikeSheet(name) }

    /// The name without its extension, by which files are put in order: `1.mp3` comes before `1 b.mp3`.
    static func stem(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }
}

/// A file that was left out, and why: always told to the user.
struct SkippedFile: Equatable, Sendable, Encodable {
    let file: String
    let reason: String
}
