import MusicLibrary
import Testing

@testable import MusicBox

/// What the sound engine reports, and edits under a playing player.
@Suite struct PlayerMachineReportTests {
    private typealias Commands = PlayerMachineCommandTests
    private let heard = PlayerMachineCommandTests.heard

    private func request(_ id: UInt64, _ track: Int, of playlist: String = "p") -> PlayRequest {
        PlayRequest(id: id, path: "/media/\(playlist)/\(track).mp3", positionMs: 0)
    }

    private func resume(_ track: Int, _ positionMs: Int) -> PlayerAction {
        .saveResume(playlistID: "p", trackID: "p-\(track)", positionMs: positionMs)
    }

    @Test func theFirstSoundPreparesTheNextTrack() throws {
        var machine = try Commands.machine(at: .loading)
        #expect(
            machine.started(request: 1)
                == [.prepareNext(request(2, 3)), .announceState, resume(2, 0), .countPlay(trackID: "p-2")]
        )
        #expect(machine.state == .playing)
        #expect(machine.started(request: 1) == [], "told twice, counted once")
    }

    @Test("reports of a request nobody waits for change nothing", arguments: Commands.Stage.allCases, [UInt64(0), 99])
    private func stale(stage: Commands.Stage, request: UInt64) throws {
        var machine = try Commands.machine(at: stage)
        let before = machine.snapshot(heard: heard)
        #expect(machine.started(request: request) == [])
        #expect(machine.paused(request: request, positionMs: 1) == [])
        #expect(machine.seeked(request: request, positionMs: 1) == [])
        #expect(machine.finished(request: request) == [])
        #expect(machine.failed(request: request, message: "old") == [])
        #expect(machine.damaged(request: request, message: "old") == [])
        #expect(machine.snapshot(heard: heard) == before)
    }

    @Test func aStreamThatIsWaitedForIsLoading() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.buffering(request: 1, isWaiting: false, heard: heard) == [])
        #expect(machine.buffering(request: 1, isWaiting: true, heard: heard) == [.announceState, .announcePosition])
        #expect(machine.state == .loading && machine.positionMs(heard: nil) == 10_000)
        #expect(machine.buffering(request: 1, isWaiting: true, heard: heard) == [])
        #expect(machine.buffering(request: 1, isWaiting: false, heard: heard) == [.announceState, .announcePosition])
        #expect(machine.state == .playing)
        // A pause stays one whatever the network does.
        _ = machine.buffering(request: 1, isWaiting: true, heard: heard)
        _ = try machine.pause(heard: heard)
        #expect(machine.buffering(request: 1, isWaiting: false, heard: heard) == [])
        #expect(machine.state == .paused(byTag: false))
        #expect(machine.buffering(request: 99, isWaiting: true, heard: heard) == [])
    }

    @Test func whatAStationPlaysIsShown() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.titled(request: 1, "Der Mond") == [.announceState])
        #expect(machine.titled(request: 1, "Der Mond") == [] && machine.titled(request: 9, "Nein") == [])
        #expect(machine.snapshot(heard: heard).trackTitle == "Der Mond")
        #expect(machine.titled(request: 1, "") == [.announceState])
        #expect(machine.snapshot(heard: heard).trackTitle == "Track 2")
        _ = machine.titled(request: 1, "Der Mond")
        _ = machine.started(request: 2)
        #expect(machine.snapshot(heard: heard).trackTitle == "Track 3")
    }

    @Test("a position of the track that follows belongs to no track that is shown")
    func theEngineIsAhead() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(!machine.isBehind(heard: heard) && !machine.isBehind(heard: nil))
        let next = SoundPosition(request: 2, positionMs: 3)
        #expect(machine.isBehind(heard: next))
        _ = machine.started(request: 2)
        #expect(!machine.isBehind(heard: next))
        #expect(machine.positionMs(heard: next) == 3)
    }

    @Test("reports of the request before the last change nothing")
    func superseded() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.next(heard: heard)
        #expect(machine.started(request: 1) == [])
        #expect(machine.started(request: 2) == [], "what was prepared behind it is void as well")
        #expect(machine.finished(request: 1) == [])
        #expect(machine.failed(request: 1, message: "old") == [])
        #expect(machine.failed(request: 2, message: "old") == [])
        #expect(machine.state == .loading)
        #expect(machine.errorMessage == nil)
        #expect(machine.positionMs(heard: heard) == 0, "what the engine says of the old track is not shown for the new")
    }

    @Test func thePreparedTrackJoins() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(
            machine.started(request: 2) == [.announceState, resume(3, 0), .countPlay(trackID: "p-3")]
        )
        #expect(machine.queue?.index == 2)
        #expect(machine.state == .playing)
        #expect(machine.finished(request: 1) == [], "the end of the track before is history")
    }

    @Test func aJoinWhilePausingStaysPaused() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.pause(heard: heard)
        _ = machine.started(request: 2)
        #expect(machine.state == .paused(byTag: false))
        #expect(machine.paused(request: 2, positionMs: 40) == [resume(3, 40), .announcePosition])
        #expect(try machine.play(heard: nil) == [.resume, .announceState])
        #expect(machine.state == .playing)
    }

    @Test func finishedWithAPreparedOneLoadsIt() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.finished(request: 1) == [.load(request(3, 3)), .announceState])
        #expect(machine.queue?.index == 2)
    }

    @Test func theEndOfTheListClearsTheResumePoint() throws {
        var machine = try Commands.machine(at: .playing)
        _ = machine.started(request: 2)
        #expect(machine.finished(request: 2) == [.clearResume(playlistID: "p"), .announceState, .announcePosition])
        #expect(machine.state == .stopped(atEnd: true))
        #expect(machine.positionMs(heard: nil) == 60_000)
        #expect(machine.remember(heard: nil) == [], "nothing is written over the cleared point at shutdown")
    }

    @Test("pause while loading: nothing sounds until play")
    func pauseWhileLoading() throws {
        var machine = try Commands.machine(at: .loading)
        _ = try machine.pause(heard: nil)
        #expect(machine.paused(request: 1, positionMs: 0) == [resume(2, 0), .announcePosition])
        #expect(try machine.play(heard: nil) == [.resume, .announceState])
        #expect(machine.state == .loading, "no sample was heard yet")
        _ = machine.started(request: 1)
        #expect(machine.state == .playing)
    }

    @Test("pause while loading, and the sound was quicker")
    func pausedAfterStart() throws {
        var machine = try Commands.machine(at: .loading)
        _ = try machine.pause(heard: nil)
        let actions = machine.started(request: 1)
        #expect(actions.contains(.prepareNext(request(2, 3))))
        #expect(!actions.contains(.announceState), "it is still paused")
        #expect(machine.state == .paused(byTag: false))
        #expect(try machine.play(heard: nil) == [.resume, .announceState])
        #expect(machine.state == .playing)
    }

    @Test("the pause is where the listener heard last")
    func pausedPosition() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.pause(heard: heard)
        #expect(machine.paused(request: 1, positionMs: 10_050) == [resume(2, 10_050), .announcePosition])
        #expect(machine.positionMs(heard: heard) == 10_050)
        #expect(machine.paused(request: 1, positionMs: 10_060).count == 2)
    }

    @Test func aLatePauseReportAfterResumeIsNoPause() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.pause(heard: heard)
        _ = try machine.play(heard: heard)
        #expect(machine.paused(request: 1, positionMs: 10_050) == [])
        #expect(machine.state == .playing)
    }

    @Test func aSeekLandsWhereTheEngineSays() throws {
        var machine = try Commands.machine(at: .paused)
        _ = try machine.seek(toMs: 20_000, heard: heard)
        #expect(machine.paused(request: 1, positionMs: 10_000) == [], "a pause from before the seek")
        #expect(machine.positionMs(heard: heard) == 20_000)
        #expect(machine.seeked(request: 1, positionMs: 19_980) == [.announcePosition])
        #expect(machine.positionMs(heard: nil) == 19_980)
        #expect(machine.seeked(request: 1, positionMs: 5) == [], "nobody asked")
    }

    @Test func whatCannotBePlayedIsSkippedAndNamed() throws {
        var machine = try Commands.machine(at: .loading)
        #expect(machine.failed(request: 1, message: "cannot play 2.mp3") == [.load(request(2, 3)), .announceState])
        #expect(machine.errorMessage == "cannot play 2.mp3")
        #expect(machine.failed(request: 2, message: "cannot play 3.mp3") == [.announceState, .announcePosition])
        #expect(machine.state == .failed)
        #expect(machine.errorMessage == "cannot play 3.mp3")
        _ = try machine.play(heard: nil)
        #expect(machine.errorMessage == nil)
    }

    @Test("damage is told while the file goes on playing", arguments: [(UInt64(1), true), (2, true), (99, false)])
    func damaged(request: UInt64, isTold: Bool) throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.damaged(request: request, message: "2.mp3 is damaged") == (isTold ? [.announceState] : []))
        #expect(machine.errorMessage == (isTold ? "2.mp3 is damaged" : nil))
        #expect(machine.state == .playing)
    }

    @Test func aBrokenTrackAtTheEndOfAPlayedListIsItsEnd() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.next(heard: heard)
        #expect(
            machine.failed(request: 3, message: "broken")
                == [.clearResume(playlistID: "p"), .announceState, .announcePosition]
        )
        #expect(machine.state == .stopped(atEnd: true))
        #expect(machine.errorMessage == "broken")
    }

    @Test func aBrokenPreparedTrackIsSkippedWithoutAGap() throws {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        _ = try machine.start(.sample("p"), index: 0, positionMs: 0, heard: nil)
        _ = machine.started(request: 1)
        #expect(machine.failed(request: 2, message: "broken") == [.prepareNext(request(3, 3)), .announceState])
        #expect(machine.state == .playing)
        _ = machine.started(request: 3)
        #expect(machine.queue?.index == 2)
    }

    @Test func aBrokenLastPreparedTrackIsTakenBack() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.failed(request: 2, message: "broken") == [.prepareNext(nil), .announceState])
        #expect(machine.finished(request: 1).first == .clearResume(playlistID: "p"))
    }

    @Test("a pause that was asked for stays one when the file turns out to be broken")
    func brokenWhilePaused() throws {
        var machine = try Commands.machine(at: .loading)
        _ = try machine.pause(byTag: true, heard: nil)
        #expect(machine.failed(request: 1, message: "broken") == [.load(request(2, 3)), .pause, .announceState])
        #expect(machine.state == .paused(byTag: true))
        #expect(try machine.play(heard: nil) == [.resume, .announceState])
        #expect(machine.state == .loading)
    }

    @Test("a pause in the last moment of a track does not start the next one aloud")
    func finishedWhilePaused() throws {
        var machine = try Commands.machine(at: .playing)
        _ = try machine.pause(heard: heard)
        #expect(machine.finished(request: 1) == [.load(request(3, 3)), .pause, .announceState])
        #expect(machine.state == .paused(byTag: false))
    }

    // MARK: - Edits under a playing player

    @Test func anotherPlaylistsEditIsNoneOfThePlayers() throws {
        var machine = try Commands.machine(at: .playing)
        #expect(machine.playlistChanged(id: "q", to: .sample("q")) == [])
        #expect(machine.playlistChanged(id: "q", to: nil) == [])
    }

    @Test func anEditThatLeavesTheNextTrackLeavesWhatIsPrepared() throws {
        var machine = try Commands.machine(at: .playing)
        let longer = Playlist.sample("p", durationsMs: [60_000, 60_000, 60_000, 60_000])
        #expect(machine.playlistChanged(id: "p", to: longer) == [.announceState])
        #expect(machine.started(request: 2).contains(.countPlay(trackID: "p-3")))
    }

    @Test func theCurrentTrackMovesWithTheList() throws {
        var machine = try Commands.machine(at: .playing)
        let reversed = Playlist.sample("p", tracks: Playlist.sample("p").tracks.reversed())
        #expect(machine.playlistChanged(id: "p", to: reversed) == [.prepareNext(request(3, 1)), .announceState])
        #expect(machine.queue?.index == 1)
        let moved = Playlist.sample("p", tracks: [2, 1, 3].map { Track.sample("p", $0) })
        #expect(machine.playlistChanged(id: "p", to: moved) == [.announceState], "1 is still the next")
        #expect(machine.queue?.index == 0)
        #expect(machine.started(request: 3).contains(.prepareNext(request(4, 3))))
        #expect(machine.queue?.index == 1)
    }

    @Test func withoutANextTrackWhatWasPreparedIsTakenBack() throws {
        var machine = try Commands.machine(at: .playing)
        let shorter = Playlist.sample("p", durationsMs: [60_000, 60_000])
        #expect(machine.playlistChanged(id: "p", to: shorter) == [.prepareNext(nil), .announceState])
        #expect(machine.finished(request: 1).first == .clearResume(playlistID: "p"))
    }

    @Test("taken back too late: the removed track sounds already, and has to make room")
    func removedTrackHadBegun() throws {
        var machine = try Commands.machine(at: .playing)
        let without3 = Playlist.sample("p", tracks: [1, 2, 4].map { Track.sample("p", $0) })
        #expect(machine.playlistChanged(id: "p", to: without3) == [.prepareNext(request(3, 4)), .announceState])
        #expect(machine.started(request: 2) == [.load(request(4, 4)), .announceState])
        #expect(machine.queue?.index == 2)
    }

    @Test("taken back too late, and nothing is left behind it")
    func removedLastTrackHadBegun() throws {
        var machine = try Commands.machine(at: .playing)
        _ = machine.playlistChanged(id: "p", to: .sample("p", durationsMs: [60_000, 60_000]))
        #expect(
            machine.started(request: 2)
                == [.stop, .clearResume(playlistID: "p"), .announceState, .announcePosition]
        )
        #expect(machine.state == .stopped(atEnd: true))
    }

    @Test("taken back too late: a track that only moved is the current one now")
    func movedTrackHadBegun() throws {
        var machine = try Commands.machine(at: .playing)
        let reversed = Playlist.sample("p", tracks: Playlist.sample("p").tracks.reversed())
        _ = machine.playlistChanged(id: "p", to: reversed)
        let actions = machine.started(request: 2)
        #expect(actions.contains(.prepareNext(request(4, 2))), "3 is the first in the new order")
        #expect(machine.queue?.index == 0)
    }

    @Test("the next one takes the place of a removed track", arguments: [Commands.Stage.loading, .playing, .paused])
    private func removingTheCurrentTrack(stage: Commands.Stage) throws {
        var machine = try Commands.machine(at: stage)
        let without = Playlist.sample("p", tracks: [1, 3].map { Track.sample("p", $0) })
        let actions = machine.playlistChanged(id: "p", to: without)
        guard case .load(let next)? = actions.first else { throw PlayerError.outOfRange("nothing is loaded") }
        #expect(next.path.hasSuffix("p/3.mp3"))
        #expect(actions.contains(.pause) == (stage == .paused), "a pause stays one")
        #expect(machine.state == (stage == .paused ? .paused(byTag: false) : .loading))
        #expect(machine.queue?.index == 1)
        #expect(machine.started(request: 1) == [], "the removed one is stale")
    }

    @Test("behind a removed last track the playlist ends", arguments: [Commands.Stage.loading, .playing, .paused])
    private func removingTheLastTrack(stage: Commands.Stage) throws {
        var machine = try Commands.machine(at: stage)
        let first = Playlist.sample("p", tracks: [Track.sample("p", 1)])
        let actions = machine.playlistChanged(id: "p", to: first)
        #expect(actions == [.stop, .clearResume(playlistID: "p"), .announceState, .announcePosition])
        #expect(machine.state == .stopped(atEnd: true))
        #expect(machine.queue?.track.id == "p-1")
        #expect(machine.playlistChanged(id: "p", to: .sample("p", tracks: [])) == [.announceState, .announcePosition])
        #expect(machine.queue == nil)
    }

    @Test("while nothing sounds, another track stands there", arguments: [Commands.Stage.stopped, .ended, .failed])
    private func removingTheCurrentTrackOfASilentPlayer(stage: Commands.Stage) throws {
        var machine = try Commands.machine(at: stage)
        guard let current = machine.queue?.track else { throw PlayerError.nothingToPlay("empty") }
        let rest = Playlist.sample("p").tracks.filter { $0.id != current.id }
        let actions = machine.playlistChanged(id: "p", to: .sample("p", tracks: rest))
        #expect(!actions.contains { if case .load = $0 { true } else { false } })
        #expect(machine.queue.map { rest.contains($0.track) } == true)
    }

    @Test("moved to another playlist, the track that plays goes on there")
    func theCurrentTrackMovesToAnotherPlaylist() throws {
        var machine = try Commands.machine(at: .playing)
        let moved = Track.sample("p", 2)
        let target = Playlist.sample("q", tracks: [.sample("q", 1), moved, .sample("q", 2)])
        #expect(machine.trackMoved("p-1", to: target) == [], "that is not the current one")
        let actions = machine.trackMoved("p-2", to: target)
        #expect(actions.last == .announceState)
        #expect(!actions.contains(.stop))
        #expect(machine.state == .playing)
        #expect(machine.queue?.id == "q")
        #expect(machine.queue?.index == 1)
        guard case .prepareNext(let next?)? = actions.first else { throw PlayerError.outOfRange("nothing prepared") }
        #expect(next.path.hasSuffix("q/2.mp3"))
        #expect(machine.playlistChanged(id: "p", to: .sample("p", tracks: [.sample("p", 1)])) == [])
    }

    @Test(arguments: [Commands.Stage.stopped, .ended, .failed])
    private func deletingASilentPlaylistStopsNothing(stage: Commands.Stage) throws {
        var machine = try Commands.machine(at: stage)
        #expect(machine.playlistChanged(id: "p", to: nil) == [.announceState, .announcePosition])
        #expect(throws: PlayerError.self) { try machine.play(heard: nil) }
    }

    @Test func aTrackIsHeardWhileItPlaysAndNoOtherPlaceIsOnItsWay() throws {
        var machine = try Commands.machine(at: .playing)
        let track = try #require(machine.heardTrack)
        #expect(track == (1, "p", "p-2"))
        _ = try machine.seek(toMs: 20_000, heard: heard)
        #expect(machine.heardTrack == nil)
        _ = machine.seeked(request: 1, positionMs: 20_000)
        #expect(machine.heardTrack?.request == 1)
        _ = try machine.pause(heard: heard)
        #expect(machine.heardTrack == nil)
    }
}
