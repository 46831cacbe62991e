package import Logging
package import MusicLibrary
import Synchronization

/// Measures the files that nobody measured yet, in the background, one at a time, the newest first. What is found is
/// kept at once, so that a restart goes on where it was; a file that was half measured is begun anew.
package struct LoudnessSurvey: Sendable {
    package enum Finding: Sendable, Equatable {
        case loudness(Loudness)
        /// Silent, or no sound that could be measured; it will be the same next time.
        case nothing
        /// The file cannot be read now.
        case notNow
    }

    /// Measures the file at an absolute path; blocking; asks its argument often whether to give up. An error counts as
    /// ``Finding/nothing``.
    package typealias Measure = @Sendable (String, @escaping @Sendable () -> Bool) throws -> Finding

    /// After the start there is time for this later.
    static let firstAfter: Duration = .seconds(5)
    /// After a failure of the library or the inbox, this long.
    static let pauseAfterFailure: Duration = .seconds(60)
    /// Files asked for at once.
    static let batch = 64

    private let box: MusicBox
    private let mediaDirectory: String
    private let files: any FileWork
    private let measure: Measure
    private let logger: Logger

    /// - Parameter files: a place of low priority, where a file may take minutes.
    package init(
        box: MusicBox,
        mediaDirectory: String,
        files: any FileWork,
        measure: @escaping Measure,
        logger: Logger
    ) {
        self.box = box
        self.mediaDirectory = mediaDirectory
        self.files = files
        self.measure = measure
        self.logger = logger
    }

    /// Works until cancelled.
    package func run() async {
        var pause = Self.firstAfter
        while (try? await box.time.sleep(until: box.time.now + pause)) != nil {
            do {
                try await measureAll()
                for await _ in box.playlistChanges { try await measureAll() }
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error("Loudness cannot be measured now", metadata: ["error": "\(error)"])
                pause = Self.pauseAfterFailure
            }
        }
    }

    private func measureAll() async throws {
        // Of a disk that is not there, say: left for the next change or start.
        var unreadable: Set<String> = []
        while true {
            let files = try await box.library.unmeasuredFiles(limit: Self.batch)
                .filter { !unreadable.contains($0.path) }
            guard !files.isEmpty else { return }
            for file in files {
                try Task.checkCancellation()
                switch try await look(at: file) {
                case .loudness(let loudness):
                    try await box.library.saveLoudness(loudness, of: file)
                    try await box.enqueue { await $0.learned(loudness, of: file.path) }
                case .nothing: try await box.library.saveLoudness(nil, of: file)
                case .notNow: unreadable.insert(file.path)
                }
            }
        }
    }

    private func look(at file: MusicLibrary.UnmeasuredFile) async throws -> Finding {
        let given = GivenUp()
        let path = mediaDirectory + "/" + file.path
        do {
            return try await withTaskCancellationHandler {
                try await files.run { [measure] in try measure(path) { given.up.load(ordering: .relaxed) } }
            } onCancel: {
                given.up.store(true, ordering: .relaxed)
            }
        } catch {
            try Task.checkCancellation()
            logger.info(
                "A file's loudness cannot be measured",
                metadata: ["file": "\(file.path)", "error": "\(error)"]
            )
            return .nothing
        }
    }

    /// Whether the measurement under way is not wanted any more.
    private final class GivenUp: Sendable {
        let up = Atomic(false)
    }
}

extension MusicBox {
    func learned(_ loudness: Loudness, of filePath: String) async {
        await carryOut(machine.learned(loudness, of: filePath))
    }
}
