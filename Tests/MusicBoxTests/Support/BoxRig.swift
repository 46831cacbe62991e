import Foundation
import Logging
import MusicLibrary
import NFC
import Testing

@testable import MusicBox

/// A box with a real library, an engine that only notes what it is told, and time in the hand of the test.
struct BoxRig {
    let box: MusicBox
    let library: MusicLibrary
    let engine: RecordingEngine
    let time: ManualTime
    let reports: AsyncStream<SoundReport>.Continuation
    let reader: AsyncStream<ReaderEvent>.Continuation
    let events: EventReader

    /// Waits until everything in the inbox was worked off, and the alarm set.
    func settle() async throws {
        try await box.enqueue { _ in }
        try await box.enqueue { _ in }
    }

    /// The engine reports that the request loaded last is heard, at a position.
    func startLastLoad(positionMs: Int = 0) async throws {
        let request = try #require(engine.loads.last)
        engine.position = SoundPosition(request: request.id, positionMs: positionMs)
        reports.yield(.started(request: request.id, durationMs: nil, firstWriteNanoseconds: time.monotonicNanoseconds))
        _ = await events.player { $0.state == .playing }
        try await settle()
    }

    static func box(
        _ library: MusicLibrary,
        _ engine: RecordingEngine,
        _ time: ManualTime,
        _ configuration: MusicBox.Configuration = .init()
    ) async throws -> MusicBox {
        try await MusicBox(
            library: library,
            mediaDirectory: library.directory.media,
            sound: engine,
            configuration: configuration,
            time: time,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// A playlist with tracks of one minute each, and a tag if one is given.
    @discardableResult
    func playlist(_ title: String, tracks: Int = 3, tag: TagID? = nil) async throws -> Playlist {
        let playlist = try await library.createPlaylist(title: title)
        for number in 1...max(tracks, 1) where tracks > 0 {
            try await library.addTrack(to: playlist.id, .sample("\(title)-\(number)"))
        }
        if let tag { try await library.bind(tag: tag.description, to: playlist.id) }
        return try #require(try await library.playlist(id: playlist.id))
    }
}

/// A directory that is gone afterwards.
@discardableResult
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = NSTemporaryDirectory() + "/musicbox-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

/// Runs a box while `body` does, then shuts it down as the daemon does.
@discardableResult
func withBox<Result: Sendable>(
    in directory: String,
    configuration: MusicBox.Configuration = .init(),
    time: ManualTime = ManualTime(),
    _ body: (BoxRig) async throws -> Result
) async throws -> Result {
    let library = try MusicLibrary.open(directory: directory)
    let engine = RecordingEngine()
    let (reports, reportsIn) = AsyncStream<SoundReport>.makeStream()
    let (reader, readerIn) = AsyncStream<ReaderEvent>.makeStream()
    let box = try await BoxRig.box(library, engine, time, configuration)
    let subscription = box.hub.subscribe()
    let rig = BoxRig(
        box: box,
        library: library,
        engine: engine,
        time: time,
        reports: reportsIn,
        reader: readerIn,
        events: EventReader(subscription)
    )
    let running = Task { await box.run(soundReports: reports, readerEvents: reader) }
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(rig)) } catch { result = .failure(error) }
    box.shutDown()
    await running.value
    box.hub.unsubscribe(subscription)
    await library.close()
    return try result.get()
}

@discardableResult
func withBox<Result: Sendable>(
    configuration: MusicBox.Configuration = .init(),
    _ body: (BoxRig) async throws -> Result
) async throws -> Result {
    try await withDirectory { try await withBox(in: $0, configuration: configuration, body) }
}

/// Reads the events of a hub, one after the other; one reader.
final class EventReader: @unchecked Sendable {
    // Used by one task only: the test that owns it.
    private let subscription: EventSubscription
    private var waiting: [EventSubscription.Item] = []

    init(_ subscription: EventSubscription) { self.subscription = subscription }

    /// The next item; waits for it. Nil at the end.
    func next() async -> EventSubscription.Item? {
        while waiting.isEmpty {
            guard let items = await subscription.next() else { return nil }
            waiting = items
        }
        return waiting.removeFirst()
    }

    /// The first event from now on for which `choose` has a value.
    func first<Value>(_ choose: (SequencedEvent) -> Value?) async -> Value? {
        while let item = await next() {
            if case .event(let event) = item, let value = choose(event) { return value }
        }
        return nil
    }

    /// The first player state from now on that is like this.
    func player(where isWanted: (PlayerSnapshot) -> Bool) async -> PlayerSnapshot? {
        await first { if case .player(let player) = $0.event, isWanted(player) { player } else { nil } }
    }

    /// The next position and the time it was sent at, in milliseconds since the start.
    func position() async -> (update: PositionUpdate, atMs: Int)? {
        await first {
            if case .position(let update) = $0.event { (update, $0.timestampMs - ManualTime.epoch) } else { nil }
        }
    }
}
