package import Logging
package import MusicLibrary
import Synchronization

/// Measures the files that nobody measured yet, in the background, one at a time, the newest first. What is found is
/// kept at once, so that a restart goes on where it was; a file that was half measured is begun anew.
package struct LoudnessSurvey: Sendable {
    /// Measures the file at an absolute path; blocking; asks its argument often whether to give up.
    ///
    /// Returns nil for silence.
    package typealias Measure = @Sendable (String, @escaping @Sendable () -> Bool) throws -> Loudness?

    /// After the start there is time for this later.
    static let firstAfter: Duration = .seconds(5)
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
        do {
            try await box.time.sleep(until: box.time.now + Self.firstAfter)
            try await measureAll()
            for await _ in box.playlistChanges { try await measureAll() }
        } catch is CancellationError {
            return
        } catch {
            // The library's health tells of the cause; the next start tries again.
            logger.error("Loudness is not measured any more", metadata: ["error": "\(error)"])
        }
    }

    private func measureAll() async throws {
        while true {
            let files = try await box.library.unmeasuredFiles(limit: Self.batch)
            guard !files.isEmpty else { return }
            for file in files {
                try Task.checkCancellation()
                let loudness = try await look(at: file)
                try await box.library.saveLoudness(loudness, of: file)
                guard let loudness else { continue }
                try await box.enqueue { await $0.learned(loudness, of: file.path) }
            }
        }
    }

    /// Nil when there is nothing to be found out.
    private func look(at file: MusicLibrary.UnmeasuredFile) async throws -> Loudness? {
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
            return nil
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
