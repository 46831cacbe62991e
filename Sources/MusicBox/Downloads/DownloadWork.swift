import MusicLibrary

/// One download from the child process to the track. Whatever goes wrong, the library is as it was before.
struct DownloadWork {
    let downloads: Downloads
    let id: String
    /// For the files of this download alone; removed by the caller.
    let folder: String
    /// Of the program.
    let path: String

    private static let watchInterval: Duration = .seconds(1)

    func run() async throws -> Track {
        let (media, box) = (downloads.media, downloads.box)
        let (root, folder) = (downloads.directory, folder)
        try await media.files.run {
            try DiskFile.makeDirectory(root)
            try DiskFile.makeDirectory(folder)
        }
        let file = try await download()
        await downloads.change(id) { $0.process() }
        let task = try await downloads.task(id)
        let suffix = MediaName.pathExtension(MediaFile.name(of: file)).map { "." + $0 } ?? ""
        let given = task.title ?? "download"
        // A slash in a title is a letter, not a path.
        let name = MediaName.sanitized(given.replacing("/", with: "-").replacing("\\", with: "-") + suffix)
        let inspection = try await media.inspect(file, name: name)
        try Task.checkCancellation()
        // A sound file that lies on the network tells its own title, its page's is only a name; videos have no tags.
        let title = inspection.content.title ?? task.title ?? MediaName.title(of: name)
        var made: Playlist?
        if task.playlistID == nil { made = try await box.createPlaylist(title: title, description: "") }
        guard let playlistID = task.playlistID ?? made?.id else { throw BoxError.notFound("there is no playlist") }
        do {
            let arrival = MediaStore.Arrival(path: file, name: name, inspection: inspection)
            let tracks = try await media.store([arrival], in: playlistID, title: title) {
                try await box.addTracks($0, to: playlistID)
            }
            let track = tracks[0]
            await downloads.change(id) { $0.complete(playlistID: playlistID, trackID: track.id, title: title) }
            return track
        } catch {
            if let made { _ = try? await box.deletePlaylist(id: made.id) }
            throw error
        }
    }

    /// Runs the program and watches over it.
    ///
    /// - Returns: the path of what it downloaded.
    private func download() async throws -> String {
        let (downloads, id, path) = (downloads, id, path)
        let limits = downloads.configuration
        let arguments = YtDlp.downloadArguments(
            url: try await downloads.task(id).url,
            directory: folder,
            maximumBytes: limits.maximumBytes
        )
        let (end, complaint) = try await withThrowingTaskGroup(of: (YtDlp.End, String?).self) { group in
            group.addTask {
                await limits.program.run(path, arguments) { await downloads.heard($0, of: id) }
            }
            group.addTask {
                let time = downloads.box.time
                while true {
                    try await time.sleep(until: time.now + Self.watchInterval)
                    try await downloads.judge(id)
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? (.signalled, nil)
        }
        try Task.checkCancellation()
        switch end {
        case .exited(0): break
        case .exited(let code): throw DownloadFailure(message: complaint ?? "yt-dlp ended with code \(code)")
        case .signalled: throw DownloadFailure(message: "yt-dlp was killed")
        case .notStarted(let reason): throw DownloadFailure(message: "yt-dlp cannot be run: \(reason)")
        }
        guard let file = await downloads.file(of: id), file.hasPrefix(folder + "/"), !file.contains("/../") else {
            let most = limits.maximumBytes >> 20
            throw DownloadFailure(
                message: complaint ?? "there was nothing to download: is it live, or above \(most) MB?"
            )
        }
        return file
    }
}
