import MusicLibrary

/// What a CUE sheet says.
package struct SheetContent: Sendable, Equatable {
    /// The name of the file that it divides.
    package var file: String?
    /// In order, without gaps.
    package var chapters: [ProbedFile.Chapter]

    package init(file: String?, chapters: [ProbedFile.Chapter]) {
        self.file = file
        self.chapters = chapters
    }
}

/// Reads the sheet at a path for a file of so many milliseconds; blocking. Nil: it divides nothing.
package typealias ReadSheet = @Sendable (_ path: String, _ durationMs: Int) -> SheetContent?

/// A CUE sheet that is sent by itself divides the track of the audio file it belongs to.
extension UploadStore {
    /// - Returns: the tracks that took the place of the one.
    /// - Throws: ``BoxError/conflict(_:)`` when the audio file is not in the playlist: the session stays, and can be
    ///   finalized once it is.
    func divide(
        by session: UploadSession,
        _ file: UploadFile,
        expectedHash: String?,
        _ readSheet: @escaping ReadSheet
    ) async throws -> ([Track], ProbedFile) {
        let path = file.path
        let name = session.filename
        // How long the file is comes later: first, which one it is.
        let sheet = try await files.run {
            if let expectedHash { try MediaStore.hash(of: path, name: name, expected: expectedHash) }
            return readSheet(path, .max)
        }
        guard let sheet else { throw BoxError.invalid("\"\(name)\" is no CUE sheet that divides one file into tracks") }
        guard let playlist = try await box.library.playlist(id: session.playlistID) else {
            throw BoxError.notFound("there is no playlist \(session.playlistID)")
        }
        guard let track = Self.track(of: sheet, named: name, in: playlist.tracks) else {
            let wanted = sheet.file ?? MediaName.title(of: name)
            throw BoxError.conflict(
                "\"\(name)\" divides \"\(wanted)\", which is not in the playlist as one track: send that file first"
            )
        }
        let durationMs = track.durationMs ?? 0
        let chapters = try await files.run { readSheet(path, durationMs)?.chapters ?? [] }
        guard !chapters.isEmpty else {
            throw BoxError.invalid("\"\(name)\" does not fit \"\(track.filename)\", which lasts \(durationMs) ms")
        }
        let content = ProbedFile(
            durationMs: track.durationMs,
            title: track.title,
            artist: track.artist,
            album: track.album,
            cover: nil,
            chapters: chapters
        )
        return (try await box.divideTrack(track.id, into: NewTrack(whole: track).parts(chapters)), content)
    }

    /// The parts of a file of an archive, by a sheet that lies in the same folder of it.
    static func chapters(
        of file: UnpackedFile,
        _ durationMs: Int,
        by sheets: [UnpackedFile],
        _ readSheet: ReadSheet
    ) -> [ProbedFile.Chapter] {
        func folder(_ name: String) -> Substring { name.prefix(upTo: name.lastIndex(of: "/") ?? name.startIndex) }
        for sheet in sheets where folder(sheet.name) == folder(file.name) {
            guard let content = readSheet(sheet.path, durationMs) else { continue }
            if [content.file, sheet.name].contains(where: { $0.map(stem) == stem(file.name) }) {
                return content.chapters
            }
        }
        return []
    }

    /// The track that is a whole file of the name the sheet says, or of the sheet's own.
    private static func track(of sheet: SheetContent, named name: String, in tracks: [Track]) -> Track? {
        let whole = tracks.filter { $0.startMs == 0 && $0.endMs == nil && $0.url == nil }
        for wanted in [sheet.file, name].compactMap({ $0 }) {
            if let found = whole.first(where: { stem($0.filename) == stem(wanted) }) { return found }
        }
        return nil
    }

    /// Extensions do not count: sheets outlive the encoding of their file.
    private static func stem(_ name: String) -> String { MediaName.title(of: MediaName.sanitized(name)).lowercased() }
}

extension NewTrack {
    /// A track as it was when it was new.
    fileprivate init(whole track: Track) {
        self.init(
            title: track.title,
            filename: track.filename,
            filePath: track.filePath,
            durationMs: track.durationMs,
            artist: track.artist,
            album: track.album,
            fileHash: track.fileHash,
            fileSize: track.fileSize,
            coverPath: track.coverPath
        )
    }
}
