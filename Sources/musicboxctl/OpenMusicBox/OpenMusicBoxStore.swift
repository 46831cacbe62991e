import Glibc

/// The `uploads/` of an Open Music Box. Its database names files by paths of the machine it ran on, by paths relative to
/// one folder or another, or by the mere name; whatever leads out of `uploads/` is not followed.
struct OpenMusicBoxStore {
    let uploads: String
    /// Paths relative to `uploads` by the names of the files, each name in lower case; nil where several share it.
    private let byName: [String: String?]

    init(uploads: String) {
        self.uploads = uploads
        var names: [String: String?] = [:]
        if let scan = try? FolderScan(of: uploads, recursive: true) {
            for folder in scan.folders {
                for file in folder.files {
                    let key = file.name.lowercased()
                    names[key] =
                        names[key] == nil ? .some((folder.components + [file.name]).joined(separator: "/")) : .some(nil)
                }
            }
        }
        byName = names
    }

    /// The path of a track's file; nil when it is not there.
    ///
    /// - Parameters:
    ///   - path: `file_path` of the track.
    ///   - folder: `path` of the playlist, with or without `uploads/` before it.
    func find(_ path: String?, filename: String?, folder: String?, playlistID: String) -> String? {
        let name = filename ?? path.flatMap { $0.split(separator: "/").last.map(String.init) }
        var candidates: [String] = []
        if let path { candidates += [Self.inside(path), path] }
        if let name {
            for folder in [folder.map(Self.inside), folder, playlistID].compactMap(\.self) {
                candidates.append("\(folder)/\(name)")
            }
            candidates += [name, "tracks/\(name)"]
        }
        for candidate in candidates {
            if let relative = Self.checked(candidate), access("\(uploads)/\(relative)", R_OK) == 0 {
                return "\(uploads)/\(relative)"
            }
        }
        let last = name?.split(separator: "/").last.map { $0.lowercased() }
        return last.flatMap { byName[$0] ?? nil }.map { "\(uploads)/\($0)" }
    }

    /// What comes behind `uploads/` in a path of the old machine.
    private static func inside(_ path: String) -> String {
        let parts = path.split(separator: "/")
        guard let index = parts.lastIndex(of: "uploads") else { return path }
        return parts[(index + 1)...].joined(separator: "/")
    }

    private static func checked(_ path: String) -> String? {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !path.hasPrefix("/"), parts.allSatisfy({ $0 != ".." && $0 != "." }) else { return nil }
        return parts.joined(separator: "/")
    }
}
