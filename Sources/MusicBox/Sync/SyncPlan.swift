import MediaNaming
import MusicLibrary

/// What a sync does to the library, decided as a whole before anything is changed. Pure.
///
/// - A folder is a playlist, discs of a set (`CD 1`, `CD 2`) belong to the folder above them, and files right in `media/`
///   are a playlist of their own.
/// - A new file with the contents of a missing one is that one, moved: the track stays the same, with its title and
///   count. When all files of a folder went to a new one, the folder was renamed, and the playlist keeps its tags and
///   its resume point. A file that went to the folder of another playlist goes to that playlist.
/// - A track whose file vanished from a folder that still holds music is removed. One whose whole folder vanished stays:
///   a disk taken out looks the same, and a playlist can be deleted by hand, but a lost resume point never comes back.
struct SyncPlan: Sendable, Equatable {
    /// Where the tracks of a folder go.
    enum Target: Sendable, Equatable, Hashable {
        case playlist(String)
        /// A playlist is to be made for this folder.
        case folder(String)
    }

    struct Relocation: Sendable, Equatable {
        var trackID: String
        var filePath: String
        /// The playlist that the track goes to; nil when it stays in its own.
        var target: Target?
    }

    struct Rename: Sendable, Equatable {
        var playlistID: String
        var from: String
        var to: String
    }

    struct Addition: Sendable, Equatable {
        var target: Target
        /// In natural order.
        var paths: [String]
    }

    struct Removal: Sendable, Equatable {
        var playlistID: String
        var trackIDs: [String]
    }

    var renames: [Rename] = []
    var relocations: [Relocation] = []
    var additions: [Addition] = []
    var removals: [Removal] = []
    /// Tracks that stay though their file is not there.
    var keptMissing = 0

    /// - Parameters:
    ///   - hashes: SHA-256 of the new files that can be played, by path.
    ///   - folders: ids of playlists by the folders that are theirs.
    init(_ comparison: SyncComparison, hashes: [String: String], folders: [String: String], tracks: [TrackFile]) {
        let moves = Self.moves(of: comparison.missing, hashes: hashes)
        let moved = Dictionary(uniqueKeysWithValues: moves.map { ($0.track.trackID, $0.path) })
        var owners = folders
        renames = Self.renames(moves, comparison: comparison, owners: owners)
        for rename in renames { owners[rename.to] = rename.playlistID }
        let renamed = Set(renames.map { [$0.from, $0.to] })
        relocations = moves.map { move in
            let target = Self.target(of: move.path, owners: owners)
            let (from, to) = (Self.owner(of: move.track.filePath), Self.owner(of: move.path))
            // A track that people put into another playlist lies in the folder of the first one, and stays with them.
            let stays = target == .playlist(move.track.playlistID) || from == to || renamed.contains([from, to])
            return Relocation(trackID: move.track.trackID, filePath: move.path, target: stays ? nil : target)
        }
        let arrived = Set(moved.values)
        var groups: [Target: [String]] = [:]
        for path in hashes.keys where !arrived.contains(path) {
            groups[Self.target(of: path, owners: owners), default: []].append(path)
        }
        additions = groups.map { Addition(target: $0.key, paths: Self.inOrder($0.value)) }
            .sorted { Self.areInOrder($0.paths[0], $1.paths[0]) }
        var gone: [String: [String]] = [:]
        var order: [String] = []
        for track in comparison.missing where moved[track.trackID] == nil {
            guard comparison.inhabited.contains(MediaFile.folder(of: track.filePath)) else {
                keptMissing += 1
                continue
            }
            if gone[track.playlistID] == nil { order.append(track.playlistID) }
            gone[track.playlistID, default: []].append(track.trackID)
        }
        removals = order.map { Removal(playlistID: $0, trackIDs: gone[$0] ?? []) }
    }

    /// The folder that a file belongs to as a playlist.
    static func owner(of path: String) -> String {
        DiscFolder.owner(of: MediaFile.folder(of: path).split(separator: "/").map(String.init)).joined(separator: "/")
    }

    /// The title of the playlist of a folder.
    static func title(of folder: String) -> String { folder.isEmpty ? "Music" : MediaFile.name(of: folder) }

    private typealias Move = (track: TrackFile, path: String)

    private static func moves(of missing: [TrackFile], hashes: [String: String]) -> [Move] {
        var byHash: [String: [String]] = [:]
        for (path, hash) in hashes { byHash[hash, default: []].append(path) }
        for hash in byHash.keys { byHash[hash]?.sort(by: areInOrder) }
        var moves: [Move] = []
        var found: [String: String] = [:]
        for track in missing {
            // Chapters are tracks of one file, and go with it.
            if let path = found[track.filePath] {
                moves.append((track, path))
                continue
            }
            guard let hash = track.fileHash, let paths = byHash[hash], !paths.isEmpty else { continue }
            // Of several equal files the one that kept its name is the one that moved.
            let name = MediaFile.name(of: track.filePath)
            let index = paths.firstIndex { MediaFile.name(of: $0) == name } ?? 0
            moves.append((track, paths[index]))
            found[track.filePath] = paths[index]
            byHash[hash]?.remove(at: index)
        }
        return moves
    }

    /// A folder was renamed when nothing is left in the old one and what was in it lies in one new one.
    private static func renames(_ moves: [Move], comparison: SyncComparison, owners: [String: String]) -> [Rename] {
        var pairs: [String: Set<String>] = [:]
        var playlists: [String: Set<String>] = [:]
        for move in moves {
            let from = owner(of: move.track.filePath)
            pairs[from, default: []].insert(owner(of: move.path))
            playlists[from, default: []].insert(move.track.playlistID)
        }
        let inhabited = Set(comparison.inhabited.map { owner(of: $0 + "/x") })
        return pairs.compactMap { from, to in
            guard to.count == 1, let target = to.first, target != from, owners[target] == nil,
                !inhabited.contains(from), let owner = owners[from] ?? only(playlists[from])
            else { return nil }
            return Rename(playlistID: owner, from: from, to: target)
        }
        .sorted { areInOrder($0.to, $1.to) }
        .uniqued(by: \.to)
    }

    private static func only(_ ids: Set<String>?) -> String? { ids?.count == 1 ? ids?.first : nil }

    private static func target(of path: String, owners: [String: String]) -> Target {
        let folder = owner(of: path)
        return owners[folder].map { .playlist($0) } ?? .folder(folder)
    }

    /// Folder by folder, in each the files by their names without extension.
    private static func areInOrder(_ first: String, _ second: String) -> Bool {
        let (left, right) = (components(first), components(second))
        return left == right ? first < second : NaturalOrder.areInOrder(left, right)
    }

    /// As ``areInOrder(_:_:)``, for ten thousand of them: each is taken apart once.
    private static func inOrder(_ paths: [String]) -> [String] {
        paths.map { (parts: components($0), path: $0) }
            .sorted { $0.parts == $1.parts ? $0.path < $1.path : NaturalOrder.areInOrder($0.parts, $1.parts) }
            .map(\.path)
    }

    private static func components(_ path: String) -> [String] {
        var parts = path.split(separator: "/").map(String.init)
        if let name = parts.popLast() { parts.append(MediaName.title(of: name)) }
        return parts
    }
}

extension Array {
    /// The first of those that share a key.
    fileprivate func uniqued<Key: Hashable>(by key: (Element) -> Key) -> [Element] {
        var seen: Set<Key> = []
        return filter { seen.insert(key($0)).inserted }
    }
}
