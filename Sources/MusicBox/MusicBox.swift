package import Logging
package import MusicLibrary
package import NFC
import Synchronization

/// The appliance: one inbox for tags, people, the sound engine's reports and the passing of time, worked off strictly
/// in order, and the rules behind it.
///
/// Whatever changes the box is a closure in the inbox that runs alone from beginning to end, so no command overtakes
/// another and no tap is judged by a state that has changed meanwhile. Entries are short: a pure step, at most one
/// read of the library or one edit. What may take long (resume points, probing, hashing) happens beside it.
package actor MusicBox {
    package struct Configuration: Sendable {
        package var policy: TagPolicy
        /// A tag put back within this time goes on as if it had not been lifted.
        package var returnGrace: Duration
        /// 0...100; quieter is not possible, but for muting.
        package var minVolume: Int
        /// 0...100; louder is not possible, whoever asks.
        package var maxVolume: Int
        /// 0...100; the box does not start louder than this, however loud it was left.
        package var startVolume: Int
        /// The volume before anybody chose one.
        package var initialVolume: Int
        /// How long the sound fades before a sleep timer ends it.
        package var sleepFade: Duration
        /// Nil plays every file as it is.
        package var loudness: LoudnessTarget?

        package init(
            policy: TagPolicy = TagPolicy(),
            returnGrace: Duration = .seconds(5),
            minVolume: Int = 0,
            maxVolume: Int = 100,
            startVolume: Int = 100,
            initialVolume: Int = 60,
            sleepFade: Duration = .seconds(20),
            loudness: LoudnessTarget? = nil
        ) {
            self.policy = policy
            self.returnGrace = returnGrace
            self.minVolume = minVolume
            self.maxVolume = maxVolume
            self.startVolume = startVolume
            self.initialVolume = initialVolume
            self.sleepFade = sleepFade
            self.loudness = loudness
        }
    }

    typealias Entry = @Sendable (isolated MusicBox) async -> Void

    /// How many entries from outside may wait; more than a household can cause, and a bound for a client gone mad. The
    /// box's own (the engine's reports, the reader's events, the alarm) always get in: each of these sources has one at a
    /// time, and none of them may be lost.
    static let inboxLimit = 1_024

    package nonisolated let library: MusicLibrary
    package nonisolated let hub: EventHub
    package nonisolated let time: any TimeSource
    let sound: any SoundEngine
    let configuration: Configuration
    let logger: Logger
    let journal: PlaybackJournal
    nonisolated let keeper: ResumeKeeper
    /// The operations that clients named, and their answers.
    package nonisolated let operations: OperationLedger

    var machine: PlayerMachine
    var tracker: TagTracker
    var pacer = PositionPacer()
    var sequence: SequenceCounter
    var health = HealthReport()
    var readerState = ReaderState.starting
    var associations = AssociationMachine()
    var latencies = LatencyLog()
    var lastTag: (tag: TagID, playlistID: String?)?
    /// The tag on the reader and the playlist it started, to know what lifting it means.
    var playingTag: (tag: TagID, playlistID: String)?
    /// What the database was told last of where the listener is.
    var remembered: ResumePoint?
    private var alarm: (at: ContinuousClock.Instant, task: Task<Void, Never>)?

    /// That the playlists or their tracks changed, for the one who looks through the new files.
    nonisolated let playlistChanges: AsyncStream<Void>
    nonisolated let playlistChanged: AsyncStream<Void>.Continuation
    private nonisolated let inbox: AsyncStream<Entry>
    private nonisolated let entries: AsyncStream<Entry>.Continuation
    /// How many entries from outside wait.
    private nonisolated let waiting = Atomic(0)

    /// Reads what the box was told before: volume, the playlist in the player, the last sequence number.
    package init(
        library: MusicLibrary,
        mediaDirectory: String,
        sound: any SoundEngine,
        configuration: Configuration = Configuration(),
        time: any TimeSource,
        logger: Logger
    ) async throws {
        self.library = library
        self.sound = sound
        self.configuration = configuration
        self.time = time
        self.logger = logger
        let first = await Self.firstSequence(of: library, time: time, logger: logger)
        sequence = SequenceCounter(first: first)
        // The start is a change of state like others: nothing is as it was, and who was there before has missed it.
        hub = EventHub(currentSeq: sequence.next() ?? first.lowerBound, run: String(time.wallMilliseconds, radix: 36))
        journal = PlaybackJournal(library: library, time: time, logger: logger)
        keeper = ResumeKeeper(directory: library.directory, sound: sound, time: time, logger: logger)
        operations = OperationLedger(library: library, time: time)
        tracker = TagTracker(grace: configuration.returnGrace)
        let left = try await library.setting(SettingKey.volume).flatMap { Int($0) } ?? configuration.initialVolume
        machine = PlayerMachine(
            mediaDirectory: mediaDirectory,
            volume: min(left, configuration.startVolume),
            muted: try await library.setting(SettingKey.muted) == "true",
            minVolume: configuration.minVolume,
            maxVolume: configuration.maxVolume,
            loudness: configuration.loudness
        )
        if let kept = try await library.setting(SettingKey.speed).flatMap({ Double($0) }),
            PlayerMachine.speeds.contains(kept)
        {
            machine.speed = kept
        }
        (playlistChanges, playlistChanged) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (inbox, entries) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        await restore()
    }

    /// Works until cancelled, then writes what is still to be written.
    package func run(
        soundReports: some AsyncSequence<SoundReport, Never> & Sendable,
        readerEvents: some AsyncSequence<ReaderEvent, Never> & Sendable
    ) async {
        sound.setVolume(machine.volume, muted: machine.muted)
        if machine.speed != 1 { sound.setSpeed(machine.speed) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.journal.run() }
            group.addTask { await self.keeper.run() }
            group.addTask {
                for await report in soundReports {
                    try? await self.insert { await $0.handle(report) }
                }
            }
            group.addTask {
                for await event in readerEvents {
                    try? await self.insert { await $0.handle(event) }
                }
            }
            for await entry in inbox {
                await entry(self)
                await followWhatPlays()
                rearm()
            }
            group.cancelAll()
        }
        alarm?.task.cancel()
        await rememberForShutdown()
        // A task of its own: what is to be written is written also when this one was cancelled.
        await Task { await journal.settle() }.value
    }

    /// Puts `body` at the end of the inbox and waits for its result.
    ///
    /// - Throws: what `body` throws, or ``BoxError`` when the inbox is full or the box is shutting down.
    package nonisolated func enqueue<Result: Sendable>(
        _ body: @escaping @Sendable (isolated MusicBox) async throws -> Result
    ) async throws -> Result {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.inboxLimit else {
            waiting.subtract(1, ordering: .relaxed)
            throw BoxError.busy
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        return try await insert(body)
    }

    private nonisolated func insert<Result: Sendable>(
        _ body: @escaping @Sendable (isolated MusicBox) async throws -> Result
    ) async throws -> Result {
        // What is done in the inbox is still the doing of who asked for it.
        let operation = NamedOperation.current
        return try await withCheckedThrowingContinuation { continuation in
            let outcome = entries.yield { box in
                do {
                    let result = try await NamedOperation.$current.withValue(operation) { try await body(box) }
                    continuation.resume(returning: result)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            switch outcome {
            case .enqueued: break
            case .dropped, .terminated: continuation.resume(throwing: BoxError.shuttingDown)
            @unknown default: continuation.resume(throwing: BoxError.shuttingDown)
            }
        }
    }

    /// Lets nobody in any more; ``run(soundReports:readerEvents:)`` ends after what is in the inbox.
    package nonisolated func shutDown() { entries.finish() }

    // MARK: - Time

    /// Sets the one alarm for the next moment at which something is due by itself.
    private func rearm() {
        let wakes = [nextPosition, nextSleep, associations.nextDeadline]
        let wake = wakes.compactMap(\.self).min()
        // An early alarm costs a look at the clock; setting it anew with each entry could put it off for ever.
        if let wake, let alarm, alarm.at <= wake { return }
        guard wake != nil || alarm != nil else { return }
        alarm?.task.cancel()
        alarm = nil
        guard let wake else { return }
        let time = time
        alarm = (
            wake,
            Task { [weak self] in
                do { try await time.sleep(until: wake) } catch { return }
                try? await self?.insert { await $0.alarmRang(at: wake) }
            }
        )
    }

    private func alarmRang(at wake: ContinuousClock.Instant) async {
        if alarm?.at == wake { alarm = nil }
        let now = time.now
        await carryOut(associations.timeReached(now))
        await carryOut(machine.fallAsleep(at: now, heard: sound.position))
        if pacer.takeDue(at: now, isPlaying: ticks) { publishPosition() }
    }

    /// Whether positions go out by themselves.
    private var ticks: Bool { machine.isPlaying && hub.hasPositionAudience }

    private var nextPosition: ContinuousClock.Instant? { pacer.nextWake(isPlaying: ticks, now: time.now) }

    private var nextSleep: ContinuousClock.Instant? { machine.sleepDue(at: time.now, heard: sound.position) }

    /// Somebody looks at positions from now on who did not before.
    package nonisolated func audienceCame() async {
        // The look at the clock after every entry does it.
        try? await insert { _ in }
    }

    /// A box whose disk is full still plays: it counts from the time of day, which lies above all it ever said.
    private static func firstSequence(of library: MusicLibrary, time: any TimeSource, logger: Logger) async -> Range<
        Int
    > {
        do {
            // A database that was replaced by an older copy knows of fewer numbers than were used.
            let floor = library.notice == nil ? 0 : time.wallMilliseconds
            return try await library.reserveSequence(count: sequenceBlock, above: floor)
        } catch {
            logger.error("No sequence numbers could be reserved", metadata: ["error": "\(error)"])
            return time.wallMilliseconds..<time.wallMilliseconds + 1_000_000
        }
    }

    /// Has the keeper note where the listener is, on top of what the database was told last.
    private func followWhatPlays() async {
        guard let heard = machine.heardTrack else { return keeper.follow(nil) }
        if remembered?.playlistID != heard.playlistID || remembered?.trackID != heard.trackID {
            // It went to another playlist and plays on.
            await carryOut(machine.remember(heard: sound.position))
        }
        keeper.follow(remembered.map { .init(request: heard.request, base: $0) })
    }

    /// Tells the database where the listener is at this moment, for those who copy it.
    package nonisolated func rememberNow() async {
        try? await enqueue { await $0.carryOut($0.machine.remember(heard: $0.sound.position)) }
        await journal.settle()
    }

    private func rememberForShutdown() async {
        await carryOut(machine.remember(heard: sound.position))
    }

    private func restore() async {
        guard
            let id = try? await library.setting(SettingKey.playlist),
            let playlist = try? await library.playlist(id: id), !playlist.tracks.isEmpty
        else { return }
        let place = await self.place(in: playlist)
        machine.restore(playlist, index: place.index, positionMs: place.positionMs)
    }
}
