import MusicBoxAPI

/// What people type to mean a playlist: its id, its title, or the beginning of its title, in any case.
struct PlaylistName {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The one playlist that is meant: the id goes before the whole title, and that before a beginning.
    ///
    /// - Throws: `CtlError` of code `refused` that names the candidates.
    func match(in playlists: [Playlist]) throws(CtlError) -> Playlist {
        if let match = playlists.first(where: { $0.id == text }) { return match }
        let wanted = text.lowercased()
        let same = playlists.filter { $0.title.lowercased() == wanted }
        let candidates =
            same.isEmpty && !wanted.isEmpty ? playlists.filter { $0.title.lowercased().hasPrefix(wanted) } : same
        switch candidates.count {
        case 0:
            throw CtlError(
                .refused,
                "no playlist is called \"\(text)\", or begins so",
                remedy: "musicboxctl playlists lists them"
            )
        case 1:
            return candidates[0]
        default:
            // Equal titles cannot be told apart by more letters.
            let names = candidates.prefix(3).map { same.isEmpty ? "\"\($0.title)\"" : $0.id }.joined(separator: ", ")
            let more = candidates.count > 3 ? ", ..." : ""
            throw CtlError(
                .refused,
                "\"\(text)\" means \(candidates.count) playlists (\(names)\(more))",
                remedy: same.isEmpty ? "type more of the title" : "give the id"
            )
        }
    }
}
