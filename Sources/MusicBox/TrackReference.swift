package import MusicLibrary

/// How a client names a track of a playlist.
package enum TrackReference: Sendable, Equatable {
    /// Counted from 1.
    case number(Int)
    /// The id of the track, or the name of its file.
    case name(String)

    /// The tracks meant, in the order of the references. Of several tracks with the same file name each reference takes
    /// the next one.
    ///
    /// - Throws: ``BoxError/invalid(_:)`` for a reference that fits no track, or a track named twice.
    package static func resolve(
        _ references: [TrackReference],
        in tracks: [Track],
        of playlistID: String
    ) throws -> [Track] {
        var free = Set(tracks.indices)
        var byName: [String: [Int]] = [:]
        for (index, track) in tracks.enumerated() {
            byName[track.filename, default: []].append(index)
        }
        // An id goes over a file that happens to be called like it.
        for (index, track) in tracks.enumerated() { byName[track.id] = [index] }
        return try references.map { reference in
            let candidates: [Int]
            switch reference {
            case .number(let number): candidates = tracks.indices.contains(number &- 1) ? [number - 1] : []
            case .name(let name): candidates = byName[name] ?? []
            }
            guard !candidates.isEmpty else {
                throw BoxError.invalid("playlist \(playlistID) has no track \(reference.text)")
            }
            guard let index = candidates.first(where: free.contains) else {
                throw BoxError.invalid("track \(reference.text) is named twice")
            }
            free.remove(index)
            return tracks[index]
        }
    }

    private var text: String {
        switch self {
        case .number(let number): String(number)
        case .name(let name): "\"\(name)\""
        }
    }
}
