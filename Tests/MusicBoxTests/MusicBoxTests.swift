import MusicLibrary
import NFC
import TestSupport
import Testing

@testable import MusicBox

private let cow = TagID("04a1b2c3")!
private let fox = TagID("04d4e5f6")!

/// The appliance as a whole: a real library, an engine that only notes, and time in the hand of the test.
@Suite(.timeLimit(.minutes(2))) struct MusicBoxTests {
    // MARK: - Tags

    @Test func aTapPlaysThePlaylistOfTheTag() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm", tag: cow)
            let state = try await rig.box.tap(cow)
            #expect(state.state == .loading)
            #expect(state.playlist?.id == playlist.id)
            let load = try #require(rig.engine.loads.last)
            #expect(load.path == rig.library.directory.media + "/tunes/Farm-1.mp3")
            #expect(load.positionMs == 0)
            let scanned = await rig.events.first { event -> String? in
                if case .tagScanned(cow, let playlistID) = event.event { playlistID } else { nil }
            }
            #expect(scanned == playlist.id)
        }
    }

    @Test func aTagFromTheReaderPlays() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm", tag: cow)
            rig.reader.yield(.state(.missing(reason: "not yet")))
            rig.reader.yield(.state(.ready(name: "test")))
            let isReady = await rig.events.first { event -> Bool? in
                if case .health(let report, _) = event.event, report.overall == .healthy { true } else { nil }
            }
            #expect(isReady == true)
            rig.time.advance(by: .seconds(1))
            rig.reader.yield(.tag(.placed(cow, seenAtNanoseconds: 5)))
            let state = await rig.events.player { $0.state == .loading }
            #expect(state?.playlist?.id == playlist.id)
        }
    }

    @Test func anUnknownTagDisturbsNothing() async throws {
        try await withBox { rig in
            try await rig.playlist("Farm", tag: cow)
            _ = try await rig.box.tap(cow)
            try await rig.startLastLoad()
            let calls = rig.engine.calls
            let state = try await rig.box.tap(fox)
            #expect(state.state == .playing)
            #expect(rig.engine.calls == calls)
            let isUnknown = await rig.events.first { event -> Bool? in
                if case .tagScanned(fox, let playlistID) = event.event { playlistID == nil } else { nil }
            }
            #expect(isUnknown == true)
        }
    }

    @Test func twoTapsInQuickSuccessionEndOnTheSecond() async throws {
        try await withBox { rig in
            let (first, second) = (try await rig.playlist("Farm", tag: cow), try await rig.playlist("Wood", tag: fox))
            // Both have come before the first is worked off.
            let gate = Gate()
            let (box, held) = (rig.box, Task { try await rig.box.enqueue { _ in await gate.wait() } })
            await gate.untilWaiting()
            rig.reader.yield(.tag(.placed(cow, seenAtNanoseconds: 1)))
            rig.reader.yield(.tag(.placed(fox, seenAtNanoseconds: 2)))
            gate.open()
            try await held.value
            let state = await rig.events.player { $0.playlist?.id == second.id }
            #expect(state?.state == .loading)
            #expect(rig.engine.loads.map(\.path).map { $0.hasSuffix("Wood-1.mp3") } == [false, true])
            let old = try #require(rig.engine.loads.first)
            rig.reports.yield(.started(request: old.id, durationMs: nil, firstWriteNanoseconds: 1))
            try await rig.startLastLoad()
            let now = await box.status()
            #expect(now.state == .playing)
            #expect(now.playlist?.id == second.id)
            #expect(now.playlist?.id != first.id)
        }
    }

    @Test func eachPlaylistGoesOnWhereItWasLeft() async throws {
        try await withBox { rig in
            try await rig.playlist("Farm", tag: cow)
            try await rig.playlist("Wood", tag: fox)
            _ = try await rig.box.tap(cow)
            try await rig.startLastLoad()
            _ = try await rig.box.next()
            try await rig.startLastLoad(positionMs: 33_000)
            _ = try await rig.box.tap(fox)
            try await rig.startLastLoad(positionMs: 5_000)
            _ = try await rig.box.tap(cow)
            let farm = try #require(rig.engine.loads.last)
            #expect(farm.path.hasSuffix("Farm-2.mp3"))
            #expect(farm.positionMs == 33_000)
            _ = try await rig.box.tap(fox)
            let wood = try #require(rig.engine.loads.last)
            #expect(wood.path.hasSuffix("Wood-1.mp3"))
            #expect(wood.positionMs == 5_000)
        }
    }

    @Test func aFinishedPlaylistStartsFromTheBeginning() async throws {
        try await withBox { rig in
            try await rig.playlist("Farm", tracks: 1, tag: cow)
            _ = try await rig.box.tap(cow)
            try await rig.startLastLoad(positionMs: 59_000)
            let request = try #require(rig.engine.loads.last)
            rig.reports.yield(.finished(request: request.id))
            #expect(await rig.events.player { $0.state == .stopped(atEnd: true) } != nil)
            _ = try await rig.box.tap(cow)
            #expect(rig.engine.loads.count == 2)
            #expect(rig.engine.loads.last?.positionMs == 0)
        }
    }

    @Test(
        "lifting the tag",
        arguments: [
            (TagPolicy.Removal.keep, PlayerMachine.State.playing), (.pause, .paused(byTag: true)),
            (.stop, .stopped(atEnd: false)),
        ]
    )
    func lifting(removal: TagPolicy.Removal, state: PlayerMachine.State) async throws {
        try await withBox(configuration: .init(policy: TagPolicy(onRemove: removal))) { rig in
            try await rig.playlist("Farm", tag: cow)
            _ = try await rig.box.tap(cow)
            try await rig.startLastLoad(positionMs: 9_000)
            #expect(try await rig.box.liftTag() == cow)
            #expect(await rig.box.status().state == state)
            await #expect(throws: PlayerError.self) { try await rig.box.liftTag() }
            rig.time.advance(by: .seconds(1))
            let again = try await rig.box.tap(cow)
            #expect(again.state == (removal == .stop ? .loading : .playing))
            if removal == .stop { #expect(rig.engine.loads.last?.positionMs == 9_000) }
        }
    }

    @Test("a tag that lay there at the start", arguments: [false, true])
    func presentAtStart(playAtStart: Bool) async throws {
        try await withBox(configuration: .init(policy: TagPolicy(playAtStart: playAtStart))) { rig in
            try await rig.playlist("Farm", tag: cow)
            rig.reader.yield(.state(.ready(name: "test")))
            rig.reader.yield(.tag(.placed(cow, seenAtNanoseconds: 0)))
            let scanned = await rig.events.first { event -> Bool? in
                if case .tagScanned = event.event { true } else { nil }
            }
            #expect(scanned == true)
            #expect(rig.engine.loads.count == (playAtStart ? 1 : 0))
        }
    }

    @Test func readerTroubleIsToldOnceAndTakenBack() async throws {
        try await withBox { rig in
            rig.reader.yield(.state(.missing(reason: "no reader")))
            rig.reader.yield(.state(.missing(reason: "no reader")))
            rig.reader.yield(.state(.ready(name: "PN532")))
            var found: [HealthReport.Condition] = []
            while found.count < 2 {
                if let report = await rig.events.first({ event -> HealthReport? in
                    if case .health(let report, _) = event.event { report } else { nil }
                }) {
                    found.append(report.overall)
                }
            }
            #expect(found == [.degraded, .healthy])
            #expect(await rig.box.diagnostics().reader == .ready(name: "PN532"))
        }
    }

    // MARK: - Time

    @Test func positionsEvery200MillisecondsWhilePlaying() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            _ = try await rig.box.start(playlistID: playlist.id)
            try await rig.startLastLoad()
            let request = try #require(rig.engine.loads.last)
            var sent: [Int] = []
            while sent.count < 12 {
                let (update, atMs) = try #require(await rig.events.position())
                sent.append(atMs)
                #expect(update.positionMs == atMs)
                #expect(update.isPlaying)
                let next = await rig.time.nextAlarm()
                rig.engine.position = SoundPosition(
                    request: request.id,
                    positionMs: Int((next - rig.time.now + rig.time.passed) / .milliseconds(1))
                )
                rig.time.advance(to: next)
            }
            #expect(sent == (0..<12).map { $0 * 200 })
        }
    }

    @Test func aPauseSendsOneMorePositionAndThenNone() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            _ = try await rig.box.start(playlistID: playlist.id)
            try await rig.startLastLoad()
            _ = await rig.events.position()
            let request = try #require(rig.engine.loads.last)
            rig.time.advance(by: .milliseconds(100))
            _ = try await rig.box.pause()
            rig.reports.yield(.paused(request: request.id, positionMs: 98))
            let due = await rig.time.nextAlarm()
            rig.time.advance(to: due)
            let (update, atMs) = try #require(await rig.events.position())
            #expect(
                update
                    == PositionUpdate(
                        trackID: playlist.tracks[0].id,
                        positionMs: 98,
                        durationMs: 60_000,
                        isPlaying: false
                    )
            )
            #expect(atMs >= 150)
            rig.time.advance(by: .seconds(60))
            try await rig.settle()
            _ = try await rig.box.setVolume(1, muted: nil)
            let next = await rig.events.first { event -> Bool? in
                switch event.event {
                case .position: true
                case .volume: false
                default: nil
                }
            }
            #expect(next == false, "no position while paused")
        }
    }

    @Test func serverSeqGrowsOverARestart() async throws {
        try await withDirectory { directory in
            var numbers: [Int] = []
            for _ in 1...3 {
                numbers += try await withBox(in: directory) { rig in
                    let playlist = try await rig.playlist("Farm")
                    var seen: [Int] = []
                    _ = try await rig.box.start(playlistID: playlist.id)
                    try await rig.startLastLoad()
                    for volume in 1...20 { _ = try await rig.box.setVolume(volume, muted: nil) }
                    while seen.count < 40 {
                        if let number = await rig.events.first({ event -> Int? in
                            switch event.event {
                            case .volume, .player: event.serverSeq
                            default: nil
                            }
                        }) {
                            seen.append(number)
                        }
                    }
                    #expect(seen.last.map { $0 <= rig.box.hub.currentSeq } == true)
                    return seen
                }
            }
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
            #expect(numbers.count == 120)
        }
    }

    @Test func moreEventsThanABlockHasNumbers() async throws {
        try await withBox { rig in
            let first = rig.box.hub.currentSeq
            for number in 0..<1_500 { _ = try await rig.box.setVolume(number % 2, muted: nil) }
            #expect(rig.box.hub.currentSeq == first + 3_000)
        }
    }

    @Test func shutdownWritesTheResumePointAndTheNextRunShowsIt() async throws {
        try await withDirectory { directory in
            let id = try await withBox(in: directory) { rig in
                let playlist = try await rig.playlist("Farm", tag: cow)
                _ = try await rig.box.tap(cow)
                try await rig.startLastLoad(positionMs: 12_345)
                _ = try await rig.box.setVolume(33, muted: true)
                return playlist.id
            }
            try await withBox(in: directory) { rig in
                let point = try await rig.library.resumePoint(playlistID: id)
                #expect(point?.positionMs == 12_345)
                let state = await rig.box.status()
                #expect(state.state == .stopped(atEnd: false))
                #expect(state.playlist?.id == id)
                #expect(state.positionMs == 12_345)
                #expect(state.volume == 33)
                #expect(state.muted)
                _ = try await rig.box.play()
                #expect(rig.engine.loads.last?.positionMs == 12_345)
            }
        }
    }

    @Test func theCapHoldsOverARestart() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { _ = try await $0.box.setVolume(90, muted: nil) }
            try await withBox(in: directory, configuration: .init(maxVolume: 40)) { rig async throws in
                #expect(await rig.box.status().volume == 40)
                #expect(try await rig.box.setVolume(100, muted: nil).volume == 40)
                #expect(!rig.engine.calls.contains { if case .setVolume(41..., muted: _) = $0 { true } else { false } })
            }
        }
    }

    @Test func aPlaylistThatIsGoneIsNotRestored() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig in
                let playlist = try await rig.playlist("Farm")
                _ = try await rig.box.start(playlistID: playlist.id)
                try await rig.startLastLoad()
                _ = try await rig.box.deletePlaylist(id: playlist.id)
                #expect(rig.engine.calls.last == .stop)
            }
            try await withBox(in: directory) { #expect(await $0.box.status().playlist == nil) }
        }
    }

    // MARK: - The inbox

    @Test func aFullInboxIsBusyAndLosesNoReport() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            _ = try await rig.box.start(playlistID: playlist.id)
            let (box, gate) = (rig.box, Gate())
            let held = Task { try await box.enqueue { _ in await gate.wait() } }
            await gate.untilWaiting()
            let extra = 50
            let refused = try await withThrowingTaskGroup(of: BoxError?.self) { group in
                for _ in 0..<(MusicBox.inboxLimit - 1 + extra) {
                    group.addTask {
                        do {
                            try await box.enqueue { _ in }
                            return nil
                        } catch {
                            return error as? BoxError
                        }
                    }
                }
                // Only the refused come back while the gate is closed.
                var refused: [BoxError?] = []
                for _ in 0..<extra { refused.append(try await group.next() ?? nil) }
                let request = rig.engine.loads.last?.id ?? 0
                rig.reports.yield(.started(request: request, durationMs: nil, firstWriteNanoseconds: 1))
                gate.open()
                for try await outcome in group { refused.append(outcome) }
                return refused
            }
            try await held.value
            #expect(refused.compactMap { $0 } == Array(repeating: .busy, count: extra))
            #expect(refused.count == MusicBox.inboxLimit - 1 + extra)
            #expect(await rig.events.player { $0.state == .playing } != nil)
            _ = try await box.setVolume(5, muted: nil)
        }
    }

    @Test func afterShutdownNobodyIsLeftWaiting() async throws {
        try await withDirectory { directory in
            let box = try await withBox(in: directory) { rig in
                let (box, gate) = (rig.box, Gate())
                let held = Task { try await box.enqueue { _ in await gate.wait() } }
                await gate.untilWaiting()
                let pending = Task { try await box.setVolume(11, muted: nil).volume }
                box.shutDown()
                gate.open()
                try await held.value
                // Either it was in the inbox before the shutdown, or it is told.
                do { #expect(try await pending.value == 11) } catch { #expect(error as? BoxError == .shuttingDown) }
                return box
            }
            await #expect(throws: BoxError.shuttingDown) { try await box.play() }
        }
    }

    @Test func cancelledItStillAnswersEverybodyAndWritesThePoint() async throws {
        try await withDirectory { directory in
            let library = try MusicLibrary.open(directory: directory)
            let (engine, time) = (RecordingEngine(), ManualTime())
            let box = try await BoxRig.box(library, engine, time)
            let playlist = try await library.createPlaylist(title: "Farm")
            try await library.addTrack(to: playlist.id, .sample("Farm-1"))
            let (reports, reportsIn) = AsyncStream<SoundReport>.makeStream()
            let (reader, readerIn) = AsyncStream<ReaderEvent>.makeStream()
            let running = Task { await box.run(soundReports: reports, readerEvents: reader) }
            _ = try await box.start(playlistID: playlist.id)
            engine.position = SoundPosition(request: try #require(engine.loads.last).id, positionMs: 4_000)
            reportsIn.yield(.started(request: engine.loads[0].id, durationMs: nil, firstWriteNanoseconds: 1))
            while await box.status().state != .playing { await Task.yield() }
            running.cancel()
            readerIn.yield(.tag(.removed(cow)))
            await running.value
            #expect(try await library.resumePoint(playlistID: playlist.id)?.positionMs == 4_000)
            await #expect(throws: BoxError.shuttingDown) { try await box.play() }
            await library.close()
        }
    }

    // MARK: - What clients may send

    @Test("a track number outside the list is refused, whatever it is", arguments: [0, -1, 4, Int.max, Int.min])
    func trackNumbers(number: Int) async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            await #expect(throws: PlayerError.outOfRange("playlist \"Farm\" has tracks 1 to 3")) {
                try await rig.box.start(playlistID: playlist.id, trackNumber: number)
            }
            #expect(rig.engine.loads == [])
        }
    }

    @Test func editsAreAnnouncedInOrder() async throws {
        try await withBox { rig in
            let playlist = try await rig.box.createPlaylist(title: "Farm", description: "")
            _ = try await rig.box.bind(cow, to: playlist.id, force: false)
            _ = try await rig.box.deletePlaylist(id: playlist.id)
            var names: [String] = []
            while names.count < 6 {
                if let name = await rig.events.first({ event -> String? in
                    switch event.event {
                    case .playlistCreated: "created"
                    case .playlistUpdated: "updated"
                    case .playlistDeleted: "deleted"
                    case .playlists(let all): "all \(all.count)"
                    default: nil
                    }
                }) {
                    names.append(name)
                }
            }
            #expect(names == ["created", "all 1", "updated", "all 1", "deleted", "all 0"])
        }
    }

    @Test func anotherPlaylistsTagMovesOnlyByForce() async throws {
        try await withBox { rig in
            let (farm, wood) = (try await rig.playlist("Farm", tag: cow), try await rig.playlist("Wood"))
            await #expect {
                _ = try await rig.box.bind(cow, to: wood.id, force: false)
            } throws: { error in
                (error as? LibraryError)?.conflict?.playlistID == farm.id
            }
            #expect(try await rig.box.bind(cow, to: wood.id, force: true) == farm.id)
            #expect(try await rig.box.unbind(cow) == wood.id)
            await #expect(throws: BoxError.self) { try await rig.box.unbind(cow) }
        }
    }
}
