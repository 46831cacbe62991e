import Foundation
import Synchronization

@testable import MusicLibrary

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_700_000_000_000)

    var now: Date { Date(milliseconds: milliseconds.withLock { $0 }) }

    func advance(by milliseconds: Int64) {
        self.milliseconds.withLock { $0 += milliseconds }
    }
}

/// A library in a directory that is removed at the end, with the tools to maltreat it.
struct TemporaryLibrary {
    let directory: String
    let clock = TestClock()

    var database: String { directory + "/musicbox.db" }

    func open() throws -> MusicLibrary {
        try MusicLibrary.open(directory: directory, now: { [clock] in clock.now })
    }

    /// Opens the library, closes it after `body`.
    @discardableResult
    func opened<T>(_ body: (MusicLibrary) async throws -> T) async throws -> T {
        let library = try open()
        do {
            let result = try await body(library)
            await library.close()
            return result
        } catch {
            await library.close()
            throw error
        }
    }

    /// File names in the directory.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    func contents(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    /// - Parameter onDisk: where a sync costs what it costs. The other tests need thousands of them and no disk.
    static func with<T>(onDisk: Bool = false, _ body: (TemporaryLibrary) async throws -> T) async throws -> T {
        let isMemoryThere = FileManager.default.isWritableFile(atPath: "/dev/shm")
        let parent = isMemoryThere && !onDisk ? "/dev/shm" : NSTemporaryDirectory()
        let directory = parent + "/musicbox-library-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(TemporaryLibrary(directory: directory))
    }
}

/// A fresh library for one test.
func withLibrary(_ body: (MusicLibrary, TestClock) async throws -> Void) async throws {
    try await TemporaryLibrary.with { temporary in
        try await temporary.opened { try await body($0, temporary.clock) }
    }
}

extension NewTrack {
    static func sample(_ name: String, durationMs: Int? = 1000, cover: String? = nil) -> NewTrack {
        NewTrack(
            title: name,
            filename: name + ".mp3",
            filePath: "tunes/" + name + ".mp3",
            durationMs: durationMs,
            fileSize: 1234,
            coverPath: cover
        )
    }
}

extension MusicLibrary {
    /// A playlist with tracks of these names.
    @discardableResult
    func makePlaylist(_ title: String, _ tracks: String...) async throws -> Playlist {
        let playlist = try await createPlaylist(title: title)
        for name in tracks { try await addTrack(to: playlist.id, .sample(name)) }
        return try await existing(playlist.id)
    }

    /// The titles of all playlists.
    func titles() async throws -> [String] {
        try await playlists().map(\.title)
    }

    func existing(_ id: String) async throws -> Playlist {
        guard let playlist = try await playlist(id: id) else { throw LibraryError.noPlaylist(id) }
        return playlist
    }
}

/// Runs `body` and returns the error it must throw.
func failure(_ body: () async throws -> some Any) async -> LibraryError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? LibraryError
    }
}
