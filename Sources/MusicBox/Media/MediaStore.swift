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

    /// - Parameters:
    ///   - path: of the file as it lies there; people are told of it as `name`.
    ///   - expectedHash: SHA-256 in lower-case hex that the file must have.
    /// - Throws: ``BoxError/conflict(_:)`` for another hash, ``BoxError/invalid(_:)`` for what cannot be played.
    func inspect(_ path: String, name: String, expectedHash: String? = nil) async throws -> Inspection {
        let probe = probe
        return try await files.run {
            let size = try DiskFile.size(of: path)
            let hash = try DiskFile.sha256(of: path)
            guard expectedHash == nil || expectedHash == hash else {
                throw BoxError.conflict("\"\(name)\" arrived damaged: its SHA-256 is \(hash)")
            }
            do {
                return Inspection(fileSize: size, fileHash: hash, content: try probe(path))
            } catch {
                // The probe names the file as it lies there; people know it by its own name.
                let own = path.split(separator: "/").last.map(String.init) ?? path
                throw BoxError.invalid("\(error)".replacing(path, with: name).replacing(own, with: name))
            }
        }
    }

    /// Moves a file into a folder of the store and has it, or its chapters, added to the library; if that fails, the file
    /// is gone. Returns the first track.
    ///
    /// - Parameters:
    ///   - folder: relative to `media/`, created if need be.
    ///   - name: what people call the file; it gets a number when the folder has one of that name.
    func store(
        _ path: String,
        _ inspection: Inspection,
        as name: String,
        in folder: String,
        title: String? = nil,
        add: @Sendable ([NewTrack]) async throws -> [Track]
    ) async throws -> Track {
        claim(folder)
        defer { release(folder) }
        let cover = try await saveCover(of: inspection)
        let media = directories.media
        let filePath = try await files.run {
            folder + "/" + (try DiskFile.move(path, into: media + "/" + folder, as: name))
        }
        do {
            var track = track(inspection, filename: name, filePath: filePath, coverPath: cover)
            if let title { track.title = title }
            let added = try await add(track.parts(inspection.content.chapters))
            guard let first = added.first else { throw BoxError.invalid("there is nothing in \"\(name)\"") }
            return first
        } catch {
            // The library does not know the file: it must not stay behind. The cover may serve other tracks.
            await files.tidyUp { DiskFile.remove(media + "/" + filePath) }
            throw error
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
