import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import NIOCore
import NIOEmbedded
import SocketIO
import Testing

@testable import MusicBoxServer

/// The server's router in this process, before a real box with a real library; the sound engine only listens.
struct ServerRig: Sendable {
    let box: MusicBox
    let library: MusicLibrary
    let engine: QuietEngine
    let directory: String
    let reports: AsyncStream<SoundReport>.Continuation
    fileprivate let responder: RouterResponder<BasicRequestContext>

    func get(_ path: String) async throws -> Reply { try await send(.get, path) }

    func post(_ path: String, _ body: String? = nil) async throws -> Reply { try await send(.post, path, body) }

    func put(_ path: String, _ body: String) async throws -> Reply { try await send(.put, path, body) }

    func delete(_ path: String, _ body: String? = nil) async throws -> Reply { try await send(.delete, path, body) }

    func send(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> Reply {
        try await send(method, path, bytes: Array((body ?? "").utf8))
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        bytes: [UInt8] = [],
        headers: HTTPFields = [:]
    ) async throws -> Reply {
        let head = HTTPRequest(method: method, scheme: "http", authority: "box", path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes)))
        // The HTTP library keeps the id of a request in its logger.
        var logger = Logger(label: "request", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        logger[metadataKey: "hb.request.id"] = "test"
        let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
        let response = try await responder.respond(to: request, context: BasicRequestContext(source: source))
        let writer = CollectingWriter()
        try await response.body.write(writer)
        return Reply(status: response.status.code, headers: response.headers, body: writer.collected)
    }

    /// A playlist with tracks of one minute each, and a tag if one is given.
    @discardableResult
    func playlist(_ title: String, tracks: Int = 3, tag: String? = nil) async throws -> MusicLibrary::Playlist {
        let playlist = try await library.createPlaylist(title: title)
        for number in 1...max(tracks, 1) where tracks > 0 {
            let name = "\(title)-\(number)"
            try await library.addTrack(
                to: playlist.id,
                NewTrack(
                    title: name,
                    filename: name + ".mp3",
                    filePath: "t/\(name).mp3",
                    durationMs: 60_000,
                    fileSize: 1
                )
            )
        }
        if let tag { try await library.bind(tag: tag, to: playlist.id) }
        return try #require(try await library.playlist(id: playlist.id))
    }
}

/// Runs `body` before a server whose storage is gone afterwards.
@discardableResult
func withServer<Result: Sendable>(
    minimumFreeBytes: Int = 0,
    _ body: (ServerRig) async throws -> Result
) async throws -> Result {
    let directory = NSTemporaryDirectory() + "/musicbox-server-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let library = try MusicLibrary.open(directory: directory)
    let engine = QuietEngine()
    let logger = SilentLogger.make()
    let time = StandingTime()
    let box = try await MusicBox(
        library: library,
        mediaDirectory: library.directory.media,
        sound: engine,
        time: time,
        logger: logger
    )
    let files = library.directory
    let uploads = UploadStore(
        box: box,
        directories: .init(uploads: files.uploads, media: files.media, covers: files.covers),
        limits: .init(minimumFreeBytes: minimumFreeBytes),
        files: ThreadWork(),
        probe: { _ in ProbedFile(durationMs: 1_000, title: nil, artist: nil, album: nil, cover: nil) },
        boot: "boot",
        logger: logger
    )
    let facts = SystemFacts(
        version: "1.2.3",
        hostname: "box",
        startedAt: time.now - .seconds(5),
        hasDeveloperPage: false,
        audio: { .object(["xruns": 0]) },
        memory: { .object(["resident": 1]) },
        logs: {
            [
                LogLine(timestamp: 1, level: .info, message: "first", metadata: [:]),
                LogLine(timestamp: 2, level: .warning, message: "second", metadata: ["error": "e"]),
            ]
        }
    )
    let jobs = BoxJobs(
        downloads: Downloads(
            box: box,
            media: uploads.media,
            directory: files.downloads,
            configuration: .init(
                program: YtDlp(program: "/no/such/program"),
                maximumBytes: 1 << 20,
                maximumTime: .seconds(1),
                stallTime: .seconds(1),
                minimumFreeBytes: minimumFreeBytes
            ),
            logger: logger
        ),
        sync: LibrarySync(box: box, media: uploads.media, logger: logger),
        backups: BackupStore(box: box, files: ThreadWork(), minimumFreeBytes: minimumFreeBytes, logger: logger),
        restart: {}
    )
    let router = BoxServer.router(
        box: box,
        uploads: uploads,
        jobs: jobs,
        facts: facts,
        sockets: SocketIOServer(logger: logger),
        webRoot: nil,
        onActivity: {},
        logger: logger
    )
    let (reports, reportsIn) = AsyncStream<SoundReport>.makeStream()
    let (reader, readerIn) = AsyncStream<ReaderEvent>.makeStream()
    let running = Task { await box.run(soundReports: reports, readerEvents: reader) }
    let rig = ServerRig(
        box: box,
        library: library,
        engine: engine,
        directory: directory,
        reports: reportsIn,
        responder: router.buildResponder()
    )
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(rig)) } catch { result = .failure(error) }
    readerIn.finish()
    box.shutDown()
    await running.value
    await library.close()
    return try result.get()
}

/// What came back.
struct Reply {
    var status: Int
    var headers: HTTPFields
    var body: [UInt8]

    /// Null for a body that is no JSON.
    var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(body))) ?? .null }
    var data: JSONValue { json["data"] ?? .null }
    var errorType: String? { json["error_type"]?.string }
    var message: String? { json["message"]?.string }
}

extension JSONValue {
    /// The keys of an object; none for anything else.
    var keys: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }
}

private final class CollectingWriter: ResponseBodyWriter {
    private(set) var collected: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { collected += buffer.readableBytesView }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
