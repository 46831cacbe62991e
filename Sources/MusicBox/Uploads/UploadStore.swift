package import Logging
import MusicLibrary

/// Takes files in chunks and turns them into tracks: chunks go straight to their place in a file under `uploads/`; at
/// the end the file is checked, looked into, made durable and moved into the store in one step, so that the library
/// never names a file that is not wholly there.
///
/// What is known of a session lies beside its bytes (``UploadRecord``), so that it goes on after a restart.
package actor UploadStore {
    package struct Directories: Sendable {
        package var uploads: String
        package var media: String
        package var covers: String

        package init(uploads: String, media: String, covers: String) {
            self.uploads = uploads
            self.media = media
            self.covers = covers
        }
    }

    package struct Limits: Sendable {
        /// What uploads leave free on the disk, in bytes.
        package var minimumFreeBytes: Int
        /// What all media together may take, in bytes; nil for as much as the disk holds.
        package var quotaBytes: Int?

        package init(minimumFreeBytes: Int, quotaBytes: Int? = nil) {
            self.minimumFreeBytes = minimumFreeBytes
            self.quotaBytes = quotaBytes
        }
    }

    package static let maximumChunkSize = 4 << 20
    package static let defaultChunkSize = 1 << 20
    package static let maximumFileSize = 4 << 30
    /// What is missing is told by number with every chunk: more of them would cost more than the chunks.
    package static let maximumChunks = 16_384
    static let maximumSessions = 64
    /// Sessions that have ended and are still told about.
    static let maximumEnded = 64
    static let progressInterval: Duration = .milliseconds(200)

    struct Entry {
        var session: UploadSession
        /// Nil before the first and after the last byte.
        var file: UploadFile?
        /// Who writes each chunk that is on its way.
        var writers: [Int: Int] = [:]
        var toldAt: ContinuousClock.Instant?
    }

    let box: MusicBox
    let directories: Directories
    let limits: Limits
    let files: any FileWork
    let unpack: Unpack?
    let readSheet: ReadSheet?
    /// Where the files of tracks go.
    package nonisolated let media: MediaStore
    let boot: String
    let logger: Logger
    var entries: [String: Entry] = [:]
    /// Sessions that are being finished: nobody may change their file.
    var busy: Set<String> = []
    var lastWriter = 0

    /// - Parameters:
    ///   - probe: looks into an audio file; blocking; throws an error whose description is for people.
    ///   - unpack: nil where archives are not taken.
    ///   - readSheet: nil where CUE sheets are not taken.
    ///   - boot: names this life of the system, from one power cut to the next.
    package init(
        box: MusicBox,
        directories: Directories,
        limits: Limits,
        files: any FileWork,
        probe: @escaping @Sendable (String) throws -> ProbedFile,
        unpack: Unpack? = nil,
        readSheet: ReadSheet? = nil,
        boot: String,
        logger: Logger
    ) {
        self.box = box
        self.directories = directories
        self.limits = limits
        self.files = files
        self.unpack = unpack
        self.readSheet = readSheet
        self.boot = boot
        media = MediaStore(
            directories: .init(media: directories.media, covers: directories.covers),
            files: files,
            probe: probe
        )
        self.logger = logger
    }

    // MARK: - Sessions

    /// - Parameters:
    ///   - chunkSize: bytes; nil for the default.
    ///   - fileHash: SHA-256 in hex, checked at the end.
    package func open(
        playlistID: String,
        filename: String,
        fileSize: Int,
        chunkSize: Int?,
        fileHash: String?
    ) async throws -> UploadSession {
        guard try await box.library.playlist(id: playlistID) != nil else {
            throw BoxError.notFound("there is no playlist \(playlistID)")
        }
        let name = MediaName.sanitized(filename)
        guard isTaken(name) else { throw BoxError.invalid("\"\(name)\" is not an audio file that this box plays") }
        guard fileSize > 0 else { throw BoxError.invalid("\"\(name)\" is empty") }
        guard fileSize <= Self.maximumFileSize else {
            throw BoxError.tooLarge("\"\(name)\" is larger than \(Self.maximumFileSize >> 30) GiB")
        }
        let chunk = chunkSize ?? Self.defaultChunkSize
        guard (1_024...Self.maximumChunkSize).contains(chunk) else {
            throw BoxError.invalid("chunk_size must be 1024 to \(Self.maximumChunkSize)")
        }
        guard (fileSize - 1) / chunk < Self.maximumChunks else {
            throw BoxError.invalid("chunk_size is too small: \"\(name)\" may have \(Self.maximumChunks) chunks")
        }
        try fileHash.map(Self.check(hash:))
        await dropExpired()
        let free = try await freeBytes()
        let stored = limits.quotaBytes == nil ? 0 : try await box.library.mediaBytes()
        // From here to the entry nothing is waited for: two sessions opened at once must not share one room.
        let open = entries.values.lazy.map(\.session).filter(\.isOpen)
        guard open.count < Self.maximumSessions else {
            throw BoxError.tooMany("\(Self.maximumSessions) uploads are under way: finish or cancel some first")
        }
        let pending = open.reduce(0) { $0 + $1.fileSize - $1.bytesReceived }
        guard free - pending - fileSize >= limits.minimumFreeBytes else {
            throw BoxError.insufficientStorage("there is no room for \"\(name)\": remove something first")
        }
        if let quota = limits.quotaBytes, stored + open.reduce(0, { $0 + $1.fileSize }) + fileSize > quota {
            throw BoxError.insufficientStorage(
                "\"\(name)\" would go over the \(quota >> 20) MB that music may take: remove something first"
            )
        }
        let session = UploadSession(
            id: Identifier.random(),
            playlistID: playlistID,
            filename: name,
            fileSize: fileSize,
            chunkSize: chunk,
            fileHash: fileHash?.lowercased(),
            createdMs: box.time.wallMilliseconds
        )
        entries[session.id] = Entry(session: session)
        let (path, recordPath, boot) = (path(of: session.id), recordPath(of: session.id), boot)
        do {
            let file = try await files.run {
                try DiskFile.append(try UploadRecord.head(of: session), to: recordPath)
                let file = try UploadFile(path: path, recordPath: recordPath, recordLines: 0)
                try file.save(.boot(boot))
                return file
            }
            entries[session.id]?.file = file
            return session
        } catch {
            await drop(session.id)
            throw error
        }
    }

    package func session(_ id: String, playlistID: String? = nil) throws -> UploadSession {
        try entry(id, playlistID: playlistID).session
    }

    /// The oldest first.
    package func sessions() -> [UploadSession] {
        entries.values.map(\.session).sorted { ($0.createdMs, $0.id) < ($1.createdMs, $1.id) }
    }

    package func cancel(_ id: String) async throws {
        _ = try entry(id)
        guard !busy.contains(id) else { throw BoxError.conflict("upload session \(id) is being finished") }
        await drop(id)
    }

    func entry(_ id: String, playlistID: String? = nil) throws -> Entry {
        guard let entry = entries[id], playlistID == nil || entry.session.playlistID == playlistID else {
            throw BoxError.notFound("there is no upload session \(id)")
        }
        return entry
    }

    /// The file of a session that still takes chunks.
    func openFile(_ entry: Entry) throws -> UploadFile {
        switch entry.session.status {
        case .completed: throw BoxError.conflict("upload session \(entry.session.id) is finished")
        case .failed(let message): throw BoxError.conflict(message)
        case .pending, .uploading: break
        }
        guard !busy.contains(entry.session.id) else {
            throw BoxError.conflict("upload session \(entry.session.id) is being finished")
        }
        guard let file = entry.file else { throw BoxError.busy }
        return file
    }

    // MARK: - Listeners

    func tell(_ kind: UploadEvent.Kind, of session: UploadSession) {
        let event = UploadEvent(
            sessionID: session.id,
            playlistID: session.playlistID,
            filename: session.filename,
            kind: kind
        )
        box.hub.publish(.upload(event), serverSeq: nil, timestampMs: box.time.wallMilliseconds)
    }

    // MARK: - Names

    func path(of id: String) -> String { directories.uploads + "/" + id + ".part" }

    func recordPath(of id: String) -> String { directories.uploads + "/" + id + ".session" }

    /// Where an archive is unpacked.
    func unpackedPath(of id: String) -> String { directories.uploads + "/" + id + ".unpacked" }

    /// What files may be called that are sent here.
    package nonisolated var takenExtensions: Set<String> {
        var extensions = MediaName.playableExtensions
        if unpack != nil { extensions.insert("zip") }
        if readSheet != nil { extensions.insert("cue") }
        return extensions
    }

    private func isTaken(_ name: String) -> Bool {
        MediaName.pathExtension(name).map(takenExtensions.contains) ?? false
    }

    static func check(hash: String) throws {
        guard hash.utf8.count == 64, hash.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw BoxError.invalid("file_hash must be a SHA-256 in hex: 64 digits")
        }
    }
}
