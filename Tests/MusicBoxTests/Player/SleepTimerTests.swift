import MusicLibrary
import Testing

@testable import MusicBox

/// Going to sleep. Tracks of a minute; the fade is 20 s.
@Suite struct SleepTimerTests {
    private static let start = ContinuousClock.now

    private static func at(_ seconds: Double) -> SleepTimer.End {
        .at(start + .seconds(seconds), wallMs: 1_000)
    }

    private static func heard(_ seconds: Int, request: UInt64 = 1) -> SoundPosition {
        SoundPosition(request: request, positionMs: seconds * 1_000)
    }

    private static func machine(track index: Int = 0, _ end: SleepTimer.End?) throws -> PlayerMachine {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        _ = try machine.start(.sample("p"), index: index, positionMs: 0, heard: nil)
        _ = machine.started(request: 1)
        if let end { _ = try machine.setSleep(SleepTimer(end: end, fade: .seconds(20))) }
        return machine
    }

    private static func resume(_ track: Int, _ seconds: Int) -> PlayerAction {
        .saveResume(playlistID: "p", trackID: "p-\(track)", positionMs: seconds * 1_000)
    }

    @Test func theTimeComesWithAFadeBeforeIt() throws {
        var machine = try Self.machine(Self.at(50))
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(0)) == Self.start + .seconds(30))
        #expect(machine.fallAsleep(at: Self.start + .seconds(29), heard: Self.heard(29)) == [])
        #expect(
            machine.fallAsleep(at: Self.start + .seconds(30), heard: Self.heard(30))
                == [.fade(overMs: 20_000), Self.resume(1, 30), .announceState]
        )
        #expect(machine.sleepDue(at: Self.start + .seconds(30), heard: Self.heard(30)) == Self.start + .seconds(50))
        #expect(
            machine.fallAsleep(at: Self.start + .seconds(50), heard: Self.heard(50)) == [
                .stop, .fade(overMs: nil), Self.resume(1, 30), .announceState, .announcePosition,
            ]
        )
        #expect(machine.state == .stopped(atEnd: false) && machine.sleep == nil)
        let again = try machine.play(heard: nil)
        #expect(again.first == .load(PlayRequest(id: 3, path: "/media/p/1.mp3", positionMs: 30_000)))
    }

    /// The next track began during the fade: next time it goes on in the one before.
    @Test func theFadeMayCrossAJoint() throws {
        var machine = try Self.machine(Self.at(50))
        _ = machine.fallAsleep(at: Self.start + .seconds(30), heard: Self.heard(50))
        _ = machine.started(request: 2)
        let end = machine.fallAsleep(at: Self.start + .seconds(50), heard: Self.heard(10, request: 2))
        #expect(end.contains(Self.resume(1, 50)))
        #expect(machine.queue?.index == 0)
    }

    @Test func theEndOfTheTrackIsNotFollowed() throws {
        var machine = try Self.machine(.endOfTrack)
        // Taken back when the timer was set.
        #expect(machine.prepared == nil)
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(10)) == Self.start + .seconds(30))
        _ = machine.fallAsleep(at: Self.start, heard: Self.heard(40))
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(41)) == nil)
        let end = machine.finished(request: 1)
        #expect(end == [.fade(overMs: nil), Self.resume(1, 40), .announceState, .announcePosition])
        #expect(machine.state == .stopped(atEnd: false) && machine.queue?.index == 0 && machine.sleep == nil)
    }

    /// Heard in full: the next one is next.
    @Test func withoutAFadeTheEndOfTheTrackLeadsToTheNext() throws {
        var machine = try Self.machine(nil)
        _ = try machine.setSleep(SleepTimer(end: .endOfTrack, fade: .zero))
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(60)) == nil)
        #expect(machine.finished(request: 1) == [Self.resume(2, 0), .announceState, .announcePosition])
        #expect(machine.queue?.index == 1)
    }

    @Test func theEndOfThePlaylistFadesInItsLastTrack() throws {
        var machine = try Self.machine(.endOfPlaylist)
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(50)) == nil)
        machine = try Self.machine(track: 2, .endOfPlaylist)
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(35)) == Self.start + .seconds(5))
        #expect(machine.fallAsleep(at: Self.start, heard: Self.heard(45)).first == .fade(overMs: 15_000))
        #expect(machine.finished(request: 1).contains(Self.resume(3, 45)))
    }

    @Test func whoPausesDuringTheFadeIsAwake() throws {
        var machine = try Self.machine(Self.at(50))
        _ = machine.fallAsleep(at: Self.start + .seconds(40), heard: Self.heard(40))
        #expect(try machine.pause(heard: Self.heard(41)).prefix(2) == [.pause, .fade(overMs: nil)])
        #expect(machine.sleep == nil)
    }

    @Test func aPauseBeforeTheFadeLeavesTheTimer() throws {
        var machine = try Self.machine(Self.at(50))
        _ = try machine.pause(heard: Self.heard(10))
        #expect(machine.sleepDue(at: Self.start, heard: nil) == Self.start + .seconds(50))
        #expect(machine.fallAsleep(at: Self.start + .seconds(35), heard: nil) == [])
        // Nothing to end, and nothing that begins later is ended.
        #expect(machine.fallAsleep(at: Self.start + .seconds(50), heard: nil) == [.announceState])
        #expect(machine.sleep == nil)
    }

    /// Started again within the last seconds: what is left of them is the fade.
    @Test func aLateStartFadesFaster() throws {
        var machine = try Self.machine(Self.at(50))
        #expect(machine.fallAsleep(at: Self.start + .seconds(45), heard: Self.heard(1)).first == .fade(overMs: 5_000))
    }

    @Test func goingElsewhereForgetsWhereTheFadeBegan() throws {
        var machine = try Self.machine(Self.at(50))
        _ = machine.fallAsleep(at: Self.start + .seconds(30), heard: Self.heard(30))
        _ = try machine.next(heard: Self.heard(31))
        _ = machine.started(request: 3)
        let end = machine.fallAsleep(at: Self.start + .seconds(50), heard: Self.heard(19, request: 3))
        #expect(end.contains(Self.resume(2, 19)))
    }

    @Test func goingElsewhereBringsTheSoundBackWhereAnEndIsWaitedFor() throws {
        var machine = try Self.machine(.endOfTrack)
        _ = machine.fallAsleep(at: Self.start, heard: Self.heard(45))
        #expect(try machine.seek(toMs: 1_000, heard: Self.heard(46)).first == .fade(overMs: nil))
        _ = machine.seeked(request: 1, positionMs: 1_000)
        #expect(machine.sleepDue(at: Self.start, heard: Self.heard(1)) == Self.start + .seconds(39))
    }

    @Test func cancellingBringsSoundAndSuccessorBack() throws {
        var machine = try Self.machine(.endOfTrack)
        _ = machine.fallAsleep(at: Self.start, heard: Self.heard(45))
        let back = machine.cancelSleep()
        #expect(
            back == [
                .fade(overMs: nil),
                .prepareNext(PlayRequest(id: 3, path: "/media/p/2.mp3", positionMs: 0)),
                .announceState,
            ]
        )
        #expect(machine.cancelSleep() == [])
    }

    @Test func anEndNeedsSomethingThatEnds() {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        #expect(throws: PlayerError.self) { try machine.setSleep(SleepTimer(end: .endOfTrack, fade: .zero)) }
        #expect(throws: Never.self) { try machine.setSleep(SleepTimer(end: Self.at(9), fade: .zero)) }
    }

    @Test func theBoxFallsAsleepByItself() async throws {
        try await withBox { rig async throws in
            let playlist = try await rig.playlist("p")
            _ = try await rig.box.start(playlistID: playlist.summary.id)
            try await rig.startLastLoad()
            let state = try await rig.box.sleep(minutes: 1)
            #expect(state.sleep?.isFading == false)
            rig.time.advance(by: .seconds(39))
            _ = await rig.events.position()
            #expect(await rig.box.status().sleep?.isFading == false)
            rig.time.advance(by: .seconds(1))
            _ = await rig.events.player { $0.sleep?.isFading == true }
            rig.time.advance(by: .seconds(20))
            let asleep = await rig.events.player { $0.sleep == nil }
            #expect(asleep?.state == .stopped(atEnd: false))
            #expect(rig.engine.calls.suffix(3) == [.fade(overMs: 20_000), .stop, .fade(overMs: nil)])
        }
    }

    @Test(arguments: [0, -1, 1_441, .nan, .infinity])
    func absurdTimesAreRefused(minutes: Double) async throws {
        try await withBox { rig async throws in
            await #expect(throws: PlayerError.self) { try await rig.box.sleep(minutes: minutes) }
        }
    }
}
