import Logging
import MusicLibrary
import NFC

/// Writes what playing leaves behind (resume points, settings, play counts) beside the inbox, so that a slow SD card
/// never delays a command. The newest value of each thing waits in memory and is what readers get; a value replaced
/// before it was written costs nothing.
actor PlaybackJournal {
    private enum Key: Hashable {
        case resume(playlistID: String)
        case setting(String)
        case plays(trackID: String)
    }

    private enum Value {
        /// nil: the playlist starts from the beginning next time.
        case resume(ResumePoint?)
        case setting(String)
        case plays(Int)
    }

    private let library: MusicLibrary
    private let time: any TimeSource
    private let logger: Logger
    private var waiting: [Key: Value] = [:]
    private var order: [Key] = []
    private var isWriting = false
    /// Who waits for the end of the writing.
    private var watchers: [CheckedContinuation<Void, Never>] = []
    private var complaints = RateLimit(limit: 1, per: .seconds(60))
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(library: MusicLibrary, time: any TimeSource, logger: Logger) {
        self.library = library
        self.time = time
        self.logger = logger
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Writes until cancelled.
    func run() async {
        for await _ in wake { await flush() }
    }

    @discardableResult
    func remember(playlistID: String, trackID: String, positionMs: Int) -> ResumePoint {
        let point = ResumePoint(
            playlistID: playlistID,
            trackID: trackID,
            positionMs: positionMs,
            updatedAt: time.wallTime
        )
        put(.resume(playlistID: playlistID), .resume(point))
        return point
    }

    func forget(playlistID: String) { put(.resume(playlistID: playlistID), .resume(nil)) }

    func set(_ setting: String, to value: String) { put(.setting(setting), .setting(value)) }

    func countPlay(trackID: String) {
        let key = Key.plays(trackID: trackID)
        if case .plays(let count) = waiting[key] { put(key, .plays(count + 1)) } else { put(key, .plays(1)) }
    }

    func resumePoint(playlistID: String) async throws -> ResumePoint? {
        if case .resume(let point) = waiting[.resume(playlistID: playlistID)] { return point }
        return try await library.resumePoint(playlistID: playlistID)
    }

    private func put(_ key: Key, _ value: Value) {
        waiting[key] = value
        if !order.contains(key) { order.append(key) }
        waker.yield()
    }

    /// Writes everything that waits. A value stays readable here until it is durable.
    func flush() async {
        guard !isWriting else { return }
        isWriting = true
        defer {
            isWriting = false
            for watcher in watchers { watcher.resume() }
            watchers = []
        }
        while !order.isEmpty {
            let key = order.removeFirst()
            guard let value = waiting[key] else { continue }
            // A count is added to what is stored, so it must not be seen again by a count that comes meanwhile.
            if case .plays = value { waiting[key] = nil }
            do {
                try await write(key, value)
            } catch is CancellationError {
                order.insert(key, at: 0)
                waiting[key] = waiting[key] ?? value
                return
            } catch {
                // Nothing waits for this and the next one replaces it; the library's health tells of the cause.
                complain(of: error, about: key)
            }
            if !order.contains(key) { waiting[key] = nil }
        }
    }

    /// Returns when what waits now is written, whoever writes it.
    func settle() async {
        if isWriting { await withCheckedContinuation { watchers.append($0) } }
        await flush()
    }

    /// Once a minute: on a full disk every write fails, and the log must not fill what is left.
    private func complain(of error: any Error, about key: Key) {
        guard complaints.pass(at: .nanoseconds(Int64(time.monotonicNanoseconds))) != nil else { return }
        logger.error("Could not write", metadata: ["key": "\(key)", "error": "\(error)"])
    }

    private func write(_ key: Key, _ value: Value) async throws {
        switch (key, value) {
        case (_, .resume(let point?)): try await library.saveResumePoint(point)
        case (.resume(let playlistID), .resume(nil)): try await library.clearResumePoint(playlistID: playlistID)
        case (.setting(let setting), .setting(let text)): try await library.setSetting(setting, text)
        case (.plays(let trackID), .plays(let count)):
            for _ in 0..<count { try await library.incrementPlayCount(trackID: trackID) }
        default: break
        }
    }
}
