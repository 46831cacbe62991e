import Crypto
import Foundation
import Logging
import MusicLibrary
import Synchronization

@testable import MusicBox

/// Blocking work on a thread of its own for each piece, which a test can hold back. Work that is held back ends with
/// its task, so that a test in which it should never have begun fails instead of hanging.
final class GatedWork: FileWork {
    private struct State {
        var isOpen = true
        var nextID = 0
        var held: [Int: CheckedContinuation<Void, any Error>] = [:]
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await pass()
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    private func pass() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let due = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    guard !state.isOpen, !Task.isCancelled else {
                        continuation.resume()
                        return []
                    }
                    state.held[id] = continuation
                    let count = state.held.count
                    defer { state.watchers.removeAll { $0.count <= count } }
                    return state.watchers.filter { $0.count <= count }.map(\.continuation)
                }
                for watcher in due { watcher.resume() }
            }
        } onCancel: {
            state.withLock { $0.held.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [:] }
            return state.held.sorted { $0.key < $1.key }.map(\.value)
        }
        for continuation in held { continuation.resume() }
    }

    /// Waits until `count` pieces of work are held back.
    func untilHeld(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// An upload store in a box, with a probe that a test can make refuse.
struct UploadRig {
    let rig: BoxRig
    let store: UploadStore
    let work: GatedWork
    let directory: String
    let playlistID: String

    struct Refusal: Error, CustomStringConvertible {
        var path: String
        var description: String { "\(path) is no music" }
    }

    func open(
        _ bytes: [UInt8],
        as name: String = "song.mp3",
        chunkSize: Int = 1_024,
        hash: String? = nil
    ) async throws -> UploadSession {
        try await store.open(
            playlistID: playlistID,
            filename: name,
            fileSize: bytes.count,
            chunkSize: chunkSize,
            fileHash: hash
        )
    }

    func write(_ index: Int, of session: UploadSession, _ bytes: [UInt8]) async throws -> UploadSession {
        let start = index * session.chunkSize
        let chunk = Array(bytes[start..<min(start + session.chunkSize, bytes.count)])
        return try await store.write(chunk: index, of: session.id, playlistID: playlistID, bytes: chunk)
    }

    func upload(_ bytes: [UInt8], as name: String = "song.mp3") async throws -> Track {
        let session = try await open(bytes, as: name)
        for index in 0..<session.totalChunks { _ = try await write(index, of: session, bytes) }
        return try await finalize(session)
    }

    func finalize(_ session: UploadSession) async throws -> Track {
        try await store.finalize(session.id, playlistID: playlistID, fileHash: nil)[0]
    }

    /// The bytes of sessions that lie in `uploads/`.
    var parts: [String] { files("uploads").filter { !$0.hasSuffix(".session") } }

    /// Names below a folder of the storage directory, with their folders.
    func files(_ folder: String) -> [String] {
        let root = directory + "/" + folder
        return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? [])
            .filter {
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: root + "/" + $0, isDirectory: &isDirectory)
                    && !isDirectory.boolValue
            }
            .sorted()
    }

    func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: directory + "/" + path).map { Array($0) }
    }

    /// A store over the same files, as after a restart.
    func restarted(boot: String = "boot") async -> UploadRig {
        let store = Self.store(
            rig.box,
            limits: .init(minimumFreeBytes: 0),
            work: work,
            probe: { _ in ProbedFile(durationMs: 1_000, title: nil, artist: nil, album: nil, cover: nil) },
            unpack: nil,
            boot: boot
        )
        await store.restore()
        return UploadRig(rig: rig, store: store, work: work, directory: directory, playlistID: playlistID)
    }

    static func store(
        _ box: MusicBox,
        limits: UploadStore.Limits,
        work: GatedWork,
        probe: @escaping @Sendable (String) throws -> ProbedFile,
        unpack: Unpack?,
        boot: String = "boot"
    ) -> UploadStore {
        let files = box.library.directory
        return UploadStore(
            box: box,
            directories: .init(uploads: files.uploads, media: files.media, covers: files.covers),
            limits: limits,
            files: work,
            probe: probe,
            unpack: unpack,
            boot: boot,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}

@discardableResult
func withUploads<Result: Sendable>(
    minimumFreeBytes: Int = 0,
    quotaBytes: Int? = nil,
    probe: @escaping @Sendable (String) throws -> ProbedFile = { _ in
        ProbedFile(durationMs: 1_000, title: nil, artist: nil, album: nil, cover: nil)
    },
    unpack: Unpack? = nil,
    _ body: (UploadRig) async throws -> Result
) async throws -> Result {
    try await withDirectory { directory in
        try await withBox(in: directory) { rig in
            let work = GatedWork()
            let store = UploadRig.store(
                rig.box,
                limits: .init(minimumFreeBytes: minimumFreeBytes, quotaBytes: quotaBytes),
                work: work,
                probe: probe,
                unpack: unpack
            )
            let playlist = try await rig.playlist("Uploads", tracks: 0)
            return try await body(
                UploadRig(rig: rig, store: store, work: work, directory: directory, playlistID: playlist.id)
            )
        }
    }
}

enum UploadSample {
    /// Two chunks of 1,024 bytes and a bit.
    static let bytes = (0..<2_500).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}
