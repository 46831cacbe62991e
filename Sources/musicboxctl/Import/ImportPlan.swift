import MediaNaming

/// Which playlists an import makes of a tree of folders, decided before anything is sent.
///
/// Each folder that holds audio becomes a playlist named after it. Folders named like the discs of a set (`CD 1`,
/// `Disc 2`) belong to the folder above them: an audio book on three discs is one playlist.
struct ImportPlan: Equatable {
    struct Playlist: Equatable {
        var title: String
        var files: [AudioFile]

        var size: Int { files.reduce(0) { $0 + $1.size } }
    }

    let playlists: [Playlist]

    init(playlists: [Playlist]) {
        self.playlists = playlists
    }

    /// - Parameters:
    ///   - folders: in the order in which they are to come.
    ///   - root: the name of the folder that is imported.
    ///   - title: replaces the title, which only a single playlist can have.
    ///   - single: put everything into one playlist.
    /// - Throws: `CtlError` of code `usage` when one title is given for several playlists.
    init(folders: [AudioFolder], root: String, title: String? = nil, single: Bool = false) throws(CtlError) {
        var groups: [(components: [String], files: [AudioFile])] = []
        for folder in folders {
            let owner = single ? [] : DiscFolder.owner(of: folder.components)
            if let index = groups.firstIndex(where: { $0.components == owner }) {
                groups[index].files += folder.files
            } else {
                groups.append((owner, folder.files))
            }
        }
        guard title == nil || groups.count <= 1 else {
            throw CtlError(
                .usage,
                "--title names one playlist, but \(groups.count) folders in \(root) hold music",
                remedy: "--single puts them all into one, --no-recursive takes only \(root) itself"
            )
        }
        var uses: [String: Int] = [:]
        for group in groups { uses[(group.components.last ?? root).lowercased(), default: 0] += 1 }
        playlists = groups.map { group in
            guard let name = group.components.last else { return Playlist(title: title ?? root, files: group.files) }
            // Two folders of one name would be two playlists that nobody can tell apart.
            let isUnique = uses[name.lowercased()] == 1
            let full = ([root] + group.components).joined(separator: " - ")
            return Playlist(title: title ?? (isUnique ? name : full), files: group.files)
        }
    }
}
