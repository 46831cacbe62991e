import FoundationEssentials
import Synchronization

/// Music for a box that has none yet: tunes in the public domain on a music box we compute, with covers we draw.
enum DemoMusic {
    /// Writes a folder per playlist into `directory`, each with its tracks and `cover.jpg`. Files of an earlier run are
    /// replaced; nothing half-made is ever left under a track's name.
    ///
    /// - Parameter progress: told each time a track is done, in whatever order they are done.
    /// - Throws: `DemoError`, or the error of a file that could not be written.
    static func synthesize(
        into directory: String,
        progress: @escaping @Sendable (_ done: Int, _ total: Int, _ title: String) -> Void = { _, _, _ in }
    ) async throws -> [DemoPlaylist] {
        try await Encoder.requireProgram()
        let workshop = directory + "/.demo-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: workshop, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: workshop) }

        let counter = Counter(total: DemoAlbum.all.map(\.tracks.count).reduce(0, +), progress: progress)
        return try await withThrowingTaskGroup(of: (Int, DemoPlaylist).self) { group in
            for (index, album) in DemoAlbum.all.enumerated() {
                group.addTask {
                    let press = DemoPress(album: album, directory: directory, workshop: workshop + "/\(index)")
                    return (index, try await press.run { counter.finish($0) })
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private final class Counter: Sendable {
        private let done = Mutex(0)
        private let total: Int
        private let progress: @Sendable (Int, Int, String) -> Void

        init(total: Int, progress: @escaping @Sendable (Int, Int, String) -> Void) {
            self.total = total
            self.progress = progress
        }

        func finish(_ title: String) {
            let now = done.withLock { done in
                done += 1
                return done
            }
            progress(now, total, title)
        }
    }
}

/// Why there is no demo music. One line, with the remedy.
struct DemoError: Error, CustomStringConvertible {
    var description: String
}
