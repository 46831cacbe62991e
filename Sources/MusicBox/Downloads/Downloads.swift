import FoundationEssentials
package import Logging
import MusicLibrary

/// Downloads from the network by `yt-dlp`: a few at once, the others wait. A finished download is looked into, stored and
/// announced like an upload; what a restart interrupts goes on with the bytes that are there.
package actor Downloads {
    package struct Configuration: Sendable {
        package var program: YtDlp
        package var maximumBytes: Int
        package var maximumTime: Duration
        /// A program that says nothing for this long hangs.
        package var stallTime: Duration
        package var minimumFreeBytes: Int

        package init(
            program: YtDlp,
            maximumBytes: Int,
            maximumTime: Duration,
            stallTime: Duration,
            minimumFreeBytes: Int
        ) {
            self.program = program
            self.maximumBytes = maximumBytes
            self.maximumTime = maximumTime
            self.stallTime = stallTime
            self.minimumFreeBytes = minimumFreeBytes
        }
    }

    static let atOnce = 2
    /// Together with those under way.
    static let maximumWaiting = 16
    /// Finished ones beyond this are forgotten, the oldest first.
    static let remembered = 100
    static let progressInterval: Duration = .milliseconds(500)
    private static let longestURL = 2_048
    private static let searchTime: Duration = .seconds(30)
    private static let searchesAtOnce = 2

    let box: MusicBox
    let media: MediaStore
    let directory: String
    let configuration: Configuration
    private let logger: Logger
    /// In the order of the wishes.
    private var list: [DownloadTask] = []
    private var running: [String: Task<Void, Never>] = [:]
    private var traffic: [String: DownloadTraffic] = [:]
    private var isStopping = false
    private var searches = 0

    /// - Parameter directory: for files on their way.
    package init(
        box: MusicBox,
        media: MediaStore,
        directory: String,
        configuration: Configuration,
        logger: Logger
    ) {
        self.box = box
        self.media = media
        self.directory = directory
        self.configuration = configuration
        self.logger = logger
    }

    /// Reads what was there before the last end of the box; to be called once, before the first download.
    package func restore() async {
        guard let records = try? await box.library.downloads() else { return }
        for record in records {
            guard var task = try? JSONDecoder().decode(DownloadTask.self, from: Data(record)) else { continue }
            if !task.status.isFinal {
                task.resume()
                await keep(task)
            }
            list.append(task)
        }
        let (directory, open) = (directory, Set(list.filter { !$0.status.isFinal }.map(\.id)))
        await media.files.tidyUp {
            for name in DiskFile.names(in: directory) where !open.contains(name) {
                DiskFile.removeTree(directory + "/" + name)
            }
        }
        startNext()
    }

    /// Ends what is under way; nothing can be started afterwards.
    package func stop() async {
        isStopping = true
        let tasks = Array(running.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// - Parameter playlistID: where the track goes; nil makes a playlist of its title.
    package func start(url: String, playlistID: String?) async throws -> DownloadTask {
        let url = try Self.checked(url)
        if let playlistID {
            guard try await box.library.playlist(id: playlistID) != nil else {
                throw BoxError.notFound("there is no playlist \(playlistID)")
            }
        }
        _ = try program()
        try await checkRoom()
        guard !isStopping else { throw BoxError.shuttingDown }
        guard list.count(where: { !$0.status.isFinal }) < Self.maximumWaiting else { throw BoxError.busy }
        let task = DownloadTask(
            id: Identifier.random(),
            url: url,
            playlistID: playlistID,
            createdMs: box.time.wallMilliseconds
        )
        list.append(task)
        if list.count > Self.remembered, let oldest = list.firstIndex(where: { $0.status.isFinal }) {
            list.remove(at: oldest)
        }
        await keep(task)
        startNext()
        return try self.task(task.id)
    }

    package func task(_ id: String) throws -> DownloadTask {
        guard let task = list.first(where: { $0.id == id }) else {
            throw BoxError.notFound("there is no download \(id)")
        }
        return task
    }

    /// The newest last.
    package var tasks: [DownloadTask] { list }

    /// Ends a download that is under way, and forgets it. What it had got is deleted; a track that it became stays.
    package func remove(_ id: String) async throws {
        var task = try task(id)
        list.removeAll { $0.id == id }
        if let work = running[id] {
            work.cancel()
            await work.value
        }
        try? await box.library.forgetDownload(id: id)
        if !task.status.isFinal {
            task.fail("cancelled")
            tell(.failed(task))
        }
        startNext()
    }

    package func search(_ query: String, limit: Int) async throws -> [SearchResult] {
        let path = try program()
        guard searches < Self.searchesAtOnce else { throw BoxError.busy }
        searches += 1
        defer { searches -= 1 }
        let (yt, time) = (configuration.program, box.time)
        let found = FoundLines(limit: limit)
        let run = try await withThrowingTaskGroup(of: (YtDlp.End, String?).self) { group in
            group.addTask {
                await yt.run(path, YtDlp.searchArguments(query: query, limit: limit)) { await found.add($0) }
            }
            group.addTask {
                try await time.sleep(until: time.now + Self.searchTime)
                throw BoxError.unavailable("the search took too long: is the network up?")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? (.signalled, nil)
        }
        let results = await found.results
        guard run.0 == .exited(0) || !results.isEmpty else {
            throw BoxError.unavailable("the search failed: \(run.1 ?? "yt-dlp gave no reason")")
        }
        return results
    }

    // MARK: - Work

    private func startNext() {
        guard !isStopping else { return }
        for task in list where task.status == .pending && running[task.id] == nil {
            guard running.count < Self.atOnce else { return }
            running[task.id] = Task {
                await self.work(on: task.id)
                self.running[task.id] = nil
                self.traffic[task.id] = nil
                self.startNext()
            }
        }
    }

    private func work(on id: String) async {
        change(id) { $0.begin() }
        traffic[id] = DownloadTraffic(at: box.time.now)
        if let task = try? task(id) { await keep(task) }
        let folder = directory + "/" + id
        do {
            let track = try await DownloadWork(downloads: self, id: id, folder: folder, path: try program()).run()
            guard let task = try? task(id) else { return }
            await keep(task)
            tell(.completed(task, track))
        } catch {
            await failed(id, error)
        }
        // What the shutdown interrupts goes on at the next start.
        guard !isStopping else { return }
        await media.files.tidyUp { DiskFile.removeTree(folder) }
    }

    private func failed(_ id: String, _ error: any Error) async {
        // A cancelled one was told of by who cancelled it; one that the shutdown ends goes on at the next start.
        guard !Task.isCancelled, var task = try? task(id) else { return }
        task.fail(Self.message(of: error))
        change(id) { $0 = task }
        logger.warning("A download failed", metadata: ["url": "\(task.url)", "error": "\(error)"])
        await keep(task)
        tell(.failed(task))
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as DownloadFailure: error.message
        case BoxError.invalid(let text), BoxError.notFound(let text), BoxError.conflict(let text),
            BoxError.tooLarge(let text), BoxError.insufficientStorage(let text), BoxError.unavailable(let text):
            text
        case let error as LibraryError: error.message
        default: "the box could not store it; its log says why"
        }
    }

    // MARK: - For the work

    func heard(_ line: String, of id: String) {
        guard let line = DownloadLine(line) else { return }
        let now = box.time.now
        traffic[id]?.heard(line, at: now)
        guard let before = try? task(id) else { return }
        change(id) { $0.note(line) }
        guard let task = try? task(id), task != before else { return }
        let isNews = task.status != before.status || task.title != before.title
        if traffic[id]?.mayTell(at: now) ?? false || isNews { tell(.progress(task)) }
    }

    /// - Throws: ``DownloadFailure`` when the download must not go on.
    func judge(_ id: String) async throws {
        try traffic[id]?.check(against: configuration, at: box.time.now)
        try await checkRoom()
    }

    func file(of id: String) -> String? { traffic[id]?.file }

    func change(_ id: String, _ body: (inout DownloadTask) -> Void) {
        guard let index = list.firstIndex(where: { $0.id == id }) else { return }
        let before = list[index].status
        body(&list[index])
        if list[index].status != before, !list[index].status.isFinal { tell(.progress(list[index])) }
    }

    private func checkRoom() async throws {
        let media = media.directories.media
        guard try await self.media.files.run({ try DiskFile.freeBytes(at: media) }) > configuration.minimumFreeBytes
        else { throw BoxError.insufficientStorage("there is no room for downloads: remove something first") }
    }

    private func program() throws -> String {
        let program = configuration.program
        guard let path = program.path else {
            throw BoxError.unavailable("\(program.program) is not there: install the package yt-dlp")
        }
        return path
    }

    private func keep(_ task: DownloadTask) async {
        guard let record = try? JSONEncoder().encode(task) else { return }
        do {
            try await box.library.keepDownload(id: task.id, record: Array(record), limit: Self.remembered)
        } catch {
            logger.warning("A download will be forgotten at the next start", metadata: ["error": "\(error)"])
        }
    }

    /// Under no number of its own: what a download has become is told with the playlist that it changed.
    private func tell(_ event: DownloadEvent) {
        box.hub.publish(.download(event), serverSeq: nil, timestampMs: box.time.wallMilliseconds)
    }

    private static func checked(_ url: String) throws -> String {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
            throw BoxError.invalid("url must begin with http:// or https://")
        }
        guard url.utf8.count <= longestURL, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            url.utf8.count > scheme.utf8.count + 3
        else { throw BoxError.invalid("url must be an address of at most \(longestURL) bytes without spaces") }
        return url
    }
}

/// Why a download came to its end, for people.
struct DownloadFailure: Error, Equatable {
    var message: String
}

/// Gathers the results of a search, at most as many as were asked for.
private actor FoundLines {
    private let limit: Int
    private(set) var results: [SearchResult] = []

    init(limit: Int) { self.limit = limit }

    func add(_ line: String) {
        if results.count < limit, let result = SearchResult(json: line) { results.append(result) }
    }
}
