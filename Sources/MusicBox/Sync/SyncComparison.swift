import MusicLibrary

/// The library's tracks against what lies on the disk: what is new, what has other contents, what is not there. Pure.
struct SyncComparison: Sendable, Equatable {
    /// Files that no track has, in no order.
    var new: [MediaFile] = []
    /// Tracks whose file has another size than the library knows.
    var changed: [Change] = []
    /// Tracks whose file is not where it was, in the library's order.
    var missing: [TrackFile] = []
    /// Folders that hold a playable file.
    var inhabited: Set<String> = []
    /// Why nothing may be concluded from this scan; nil when all is well.
    var objection: String?

    struct Change: Sendable, Equatable {
        var track: TrackFile
        var file: MediaFile
    }

    /// - Parameter claimed: folders in which a new file may be one that the library is about to hear of.
    init(_ scan: MediaScan, tracks: [TrackFile], claimed: Set<String>) {
        if let reason = scan.unreadable[""] {
            objection = "the media directory cannot be read (\(reason)): nothing was changed"
            return
        }
        guard !scan.files.isEmpty || tracks.isEmpty else {
            // An unmounted card looks like this, and so does nothing that people do on purpose.
            objection =
                "the media directory holds no music, but the library does: nothing was changed; is its disk mounted?"
            return
        }
        let found = Dictionary(scan.files.map { ($0.path, $0) }) { first, _ in first }
        let known = Set(tracks.map(\.filePath))
        inhabited = Set(scan.files.map(\.folder))
        new = scan.files.filter { !known.contains($0.path) && !claimed.contains($0.folder) }
        for track in tracks {
            if let file = found[track.filePath] {
                if file.size != track.fileSize { changed.append(Change(track: track, file: file)) }
            } else if !Self.isHidden(track.filePath, behind: scan.unreadable) {
                missing.append(track)
            }
        }
    }

    private static func isHidden(_ path: String, behind unreadable: [String: String]) -> Bool {
        guard !unreadable.isEmpty else { return false }
        if unreadable[path] != nil { return true }
        var folder = MediaFile.folder(of: path)
        while !folder.isEmpty {
            if unreadable[folder] != nil { return true }
            folder = MediaFile.folder(of: folder)
        }
        return false
    }
}
