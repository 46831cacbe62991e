import MusicLibrary
import Synchronization

/// The media directory: looks into files and gives them their place in it, so that a track's file is wholly there, under
/// a name of its own, before the library hears of it. Shared by all that bring files: uploads, downloads, sync.
package final class MediaStore: Sendable {
    package struct Directories: Sendable {
        package var media: String
        package var covers: String

        package init(media: String, covers: String) {
            self.media = media
            self.covers = covers
        }
    }

    /// What there is to know of a file before it is a track.
    package struct Inspection: Sendable {
        package var fileSize: Int
        /// SHA-256, lower-case hex.
        package var fileHash: String
        package var content: ProbedFile
    }

    let directories: Directories
    let files: any FileWork
    private let probe: @Sendable (String) throws -> ProbedFile
    /// Folders below `media/` in which somebody is placing a file of which the library does not know yet, and how many.
    private let claims = Mutex<[String: Int]>([:])

    /// - Parameter probe: looks into an audio file; blocking; throws an error whose description is for people.
    package init(
        directories: Directories,
        files: any FileWork,
        probe: @escaping @Sendable (String) throws -> ProbedFile
    ) {
        self.directories = directories
        self.files = files
        self.probe = probe
    }

    /// A file that was looked into and is to become a track, or its chapters tracks.
    struct Arrival: Sendable {
        var path: String
        /// What people call it.
        var name: String
        var inspection: Inspection
    }

    /// - Parameters:
    ///   - path: of the file as it lies there; people are told of it as `name`.
    ///   - expectedHash: SHA-256 in lower-case hex that the file must have.
    /// - Throws: ``BoxError/conflict(_:)`` for another hash, ``BoxError/invalid(_:)`` for what cannot be played.
    func inspect(_ path: String, name: String, expectedHash: String? = nil) async throws -> Inspection {
        try await files.run { try self.look(into: path, name: name, expectedHash: expectedHash) }
    }

    /// ``inspect(_:name:expectedHash:)``; blocking.
    func look(into path: String, name: String, expectedHash: String? = nil) throws -> Inspection {
        let size = try DiskFile.size(of: path)
        let hash = try Self.hash(of: path, name: name, expected: expectedHash)
        do {
            return Inspection(fileSize: size, fileHash: hash, content: try probe(path))
        } catch {
            // The probe names the file as it lies there; people know it by its own name.
            let own = path.split(separator: "/").last.map(String.init) ?? path
            throw BoxError.invalid("\(error)".replacing(path, with: name).replacing(own, with: name))
        }
    }

    /// SHA-256 in lower-case hex; blocking.
    ///
    /// - Throws: ``BoxError/conflict(_:)`` for another than the one expected.
    @discardableResult
    static func hash(of path: String, name: String, expected: String?) throws -> String {
        let hash = try DiskFile.sha256(of: path)
        guard expected == nil || expected == hash else {
            throw BoxError.conflict("\"\(name)\" arrived damaged: its SHA-256 is \(hash)")
        }
        return hash
    }

    /// Moves files into a folder of the store and has them, or their chapters, added to the library: all of them, or none,
    /// and then each is where it came from.
    ///
    /// - Parameters:
    ///   - folder: relative to `media/`, created if need be. A file gets a number when the folder has one of its name.
    ///   - title, artist, album: what goes over what a file says of itself; nil leaves that.
    ///   - claimed: gets the paths that the files will have, relative to `media/`, before the first is moved; blocking.
    /// - Returns: what `add` returns.
    func store(
        _ arrivals: [Arrival],
        in folder: String,
        title: String? = nil,
        artist: String? = nil,
        album: String? = nil,
        claimed: @escaping @Sendable ([String]) throws -> Void = { _ in },
        add: @Sendable ([NewTrack]) async throws -> [Track]
    ) async throws -> [Track] {
        claim(folder)
        defer { release(folder) }
        var covers: [String?] = []
        for arrival in arrivals { covers.append(try await saveCover(of: arrival.inspection)) }
        let media = directories.media
        let paths = try await files.run { try Self.place(arrivals, in: folder, below: media, claimed: claimed) }
        do {
            let tracks = zip(zip(arrivals, covers), paths).flatMap { arrived, path in
                let (arrival, cover) = arrived
                var track = track(arrival.inspection, filename: arrival.name, filePath: path, coverPath: cover)
                if let title { track.title = title }
                if let artist { track.artist = artist }
                if let album { track.album = album }
                return track.parts(arrival.inspection.content.chapters)
            }
            return try await add(tracks)
        } catch {
            // The library does not know the files. The covers may serve other tracks.
            await files.tidyUp {
                for (arrival, path) in zip(arrivals, paths) { Self.takeBack(media + "/" + path, to: arrival.path) }
            }
            throw error
        }
    }

    /// - Returns: the paths of the files, relative to `media`.
    private static func place(
        _ arrivals: [Arrival],
        in folder: String,
        below media: String,
        claimed: ([String]) throws -> Void
    ) throws -> [String] {
        var paths: [String] = []
        do {
            for arrival in arrivals {
                paths.append(folder + "/" + (try DiskFile.claim(arrival.name, in: media + "/" + folder)))
            }
            try claimed(paths)
            for (arrival, path) in zip(arrivals, paths) { try DiskFile.move(arrival.path, over: media + "/" + path) }
            return paths
        } catch {
            for (arrival, path) in zip(arrivals, paths) { takeBack(media + "/" + path, to: arrival.path) }
            throw error
        }
    }

    /// A file that was to be in the store and is not in the library: back to where it came from, or away. Blocking.
    static func takeBack(_ stored: String, to origin: String) {
        DiskFile.remove(DiskFile.copyPath(of: stored))
        DiskFile.remove(DiskFile.copyPath(of: origin))
        if DiskFile.fileSize(of: origin) == nil, DiskFile.fileSize(of: stored) ?? 0 > 0 {
            try? DiskFile.move(stored, over: origin)
        } else {
            DiskFile.remove(stored)
        }
    }

    /// Keeps a sync from a folder in which a file lies, or will, that the library does not know yet.
    func claim(_ folder: String) { claims.withLock { $0[folder, default: 0] += 1 } }

    func release(_ folder: String) { claims.withLock { $0[folder] = $0[folder].flatMap { $0 > 1 ? $0 - 1 : nil } } }

    /// Saves the picture in a file under a name made of its contents.
    ///
    /// - Returns: the path relative to `covers/`; nil when there is none.
    func saveCover(of inspection: Inspection) async throws -> String? {
        guard let cover = inspection.content.cover else { return nil }
        let covers = directories.covers
        return try await files.run {
            let name = "\(try DiskFile.sha256(of: cover.bytes).prefix(32)).\(cover.fileExtension)"
            // The name says what is in it, and all tracks of an album have the same.
            if !DiskFile.exists(covers + "/" + name) { try DiskFile.writeWhole(cover.bytes, to: covers + "/" + name) }
            return name
        }
    }

    func track(_ inspection: Inspection, filename: String, filePath: String, coverPath: String?) -> NewTrack {
        NewTrack(
            title: inspection.content.title ?? MediaName.title(of: filename),
            filename: filename,
            filePath: filePath,
            durationMs: inspection.content.durationMs,
            artist: inspection.content.artist,
            album: inspection.content.album,
            fileHash: inspection.fileHash,
            fileSize: inspection.fileSize,
            coverPath: coverPath,
            loudness: inspection.content.loudness
        )
    }

    /// Folders below `media/` in which a file may lie that the library is about to hear of.
    var claimedFolders: Set<String> { claims.withLock { Set($0.keys) } }
}
