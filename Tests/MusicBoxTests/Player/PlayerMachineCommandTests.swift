import MusicLibrary
import Testing

@testable import MusicBox

/// What people ask of the player, in every state it can be in.
@Suite struct PlayerMachineCommandTests {
    enum Stage: CaseIterable, Sendable {
        case empty, stopped, ended, loading, playing, paused, lifted, failed
    }

    enum Command: CaseIterable, Sendable {
        case play, pause, toggle, stop, next, previous, seek
    }

    enum Outcome: Sendable, Equatable {
        case done([PlayerAction], PlayerMachine.State)
        case nothingToPlay
    }

    /// Three tracks of a minute; the second is the current one, 10 s are heard of it, its request is 1 and the one
    /// prepared behind it 2. Ended and failed players are at the third.
    static func machine(at stage: Stage) throws -> PlayerMachine {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 80)
        let playlist = Playlist.sample("p")
        guard stage != .empty else { return machine }
        _ = try machine.start(playlist, index: stage == .ended || stage == .failed ? 2 : 1, positionMs: 0, heard: nil)
        if stage == .failed { _ = machine.failed(request: 1, message: "broken") }
        if stage == .loading || stage == .failed { return machine }
        _ = machine.started(request: 1)
        switch stage {
        case .stopped: _ = try machine.stop(heard: heard)
        case .ended: _ = machine.finished(request: 1)
        case .paused, .lifted:
            _ = try machine.pause(byTag: stage == .lifted, heard: heard)
            _ = machine.paused(request: 1, positionMs: 10_000)
        default: break
        }
        return machine
    }

    static let heard = SoundPosition(request: 1, positionMs: 10_000)

    static func apply(_ command: Command, to machine: inout PlayerMachine) throws(PlayerError) -> [PlayerAction] {
        switch command {
        case .play: try machine.play(heard: heard)
        case .pause: try machine.pause(heard: heard)
        case .toggle: try machine.toggle(heard: heard)
        case .stop: try machine.stop(heard: heard)
        case .next: try machine.next(heard: heard)
        case .previous: try machine.previous(heard: heard)
        case .seek: try machine.seek(toMs: 20_000, heard: heard)
        }
    }

    @Test func chaptersAndAddressesAreAskedFor() throws {
        var tracks = (1...3).map { Track.sample("p", $0) }
        (tracks[0].endMs, tracks[1].startMs, tracks[1].endMs) = (5000, 5000, 9000)
        tracks[2].url = "http://radio.example/"
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 80)
        let start = try machine.start(.sample("p", tracks: tracks), index: 1, positionMs: 7, heard: nil)
        #expect(
            start.first
                == .load(PlayRequest(id: 1, path: "/media/p/2.mp3", positionMs: 7, startMs: 5000, endMs: 9000))
        )
        let radio = PlayRequest(id: 2, path: "http://radio.example/", positionMs: 0, isStream: true)
        #expect(machine.started(request: 1).first == .prepareNext(radio))
    }

    @Test func speedHasBounds() throws {
        var machine = try Self.machine(at: .paused)
        #expect(try machine.setSpeed(1.5) == [.setSpeed(1.5), .announceState])
        #expect(try machine.setSpeed(1.5) == [])
        #expect(try machine.setSpeed(0.7349) == [.setSpeed(0.73), .announceState])
        #expect(machine.snapshot(heard: nil).speed == 0.73)
        for wrong in [0, 0.49, 2.01, -1, .infinity, .nan] {
            #expect(throws: PlayerError.self) { try machine.setSpeed(wrong) }
        }
    }

    private static func load(_ id: UInt64, track: Int, atMs positionMs: Int = 0) -> Outcome {
        .done(
            [.load(PlayRequest(id: id, path: "/media/p/\(track).mp3", positionMs: positionMs)), .announceState],
            .loading
        )
    }

    private static func resume(_ positionMs: Int, track: Int = 2) -> PlayerAction {
        .saveResume(playlistID: "p", trackID: "p-\(track)", positionMs: positionMs)
    }

    private static func sought(_ state: PlayerMachine.State) -> Outcome {
        .done([.seek(toMs: 20_000), resume(20_000), .announceState], state)
    }

    private static func soughtSilently(track: Int) -> Outcome {
        .done([resume(20_000, track: track), .announceState, .announcePosition], .stopped(atEnd: false))
    }

    private static let pausedAt10: Outcome = .done([.pause, resume(10_000), .announceState], .paused(byTag: false))
    private static let stoppedAt10: Outcome = .done(
        [.stop, resume(10_000), .announceState, .announcePosition],
        .stopped(atEnd: false)
    )
    private static let resumed: Outcome = .done([.resume, .announceState], .playing)

    private static let table: [Stage: [Command: Outcome]] = [
        .empty: Dictionary(uniqueKeysWithValues: Command.allCases.map { ($0, Outcome.nothingToPlay) }),
        .stopped: [
            .play: load(3, track: 2, atMs: 10_000), .pause: .nothingToPlay, .toggle: load(3, track: 2, atMs: 10_000),
            .stop: .nothingToPlay, .next: load(3, track: 3), .previous: load(3, track: 2),
            .seek: soughtSilently(track: 2),
        ],
        .ended: [
            .play: load(2, track: 1), .pause: .nothingToPlay, .toggle: load(2, track: 1), .stop: .nothingToPlay,
            .next: .nothingToPlay, .previous: load(2, track: 3), .seek: soughtSilently(track: 3),
        ],
        .loading: [
            .play: .done([], .loading), .pause: .done([.pause, resume(0), .announceState], .paused(byTag: false)),
            .toggle: .done([.pause, resume(0), .announceState], .paused(byTag: false)),
            .stop: .done([.stop, resume(0), .announceState, .announcePosition], .stopped(atEnd: false)),
            .next: load(2, track: 3), .previous: load(2, track: 1), .seek: sought(.loading),
        ],
        .playing: [
            .play: .done([], .playing), .pause: pausedAt10, .toggle: pausedAt10, .stop: stoppedAt10,
            .next: load(3, track: 3), .previous: load(3, track: 2), .seek: sought(.playing),
        ],
        .paused: [
            .play: resumed, .pause: .done([], .paused(byTag: false)), .toggle: resumed, .stop: stoppedAt10,
            .next: load(3, track: 3), .previous: load(3, track: 2), .seek: sought(.paused(byTag: false)),
        ],
        .lifted: [
            .play: resumed, .pause: .done([], .paused(byTag: true)), .toggle: resumed, .stop: stoppedAt10,
            .next: load(3, track: 3), .previous: load(3, track: 2), .seek: sought(.paused(byTag: true)),
        ],
        .failed: [
            .play: load(2, track: 1), .pause: .nothingToPlay, .toggle: load(2, track: 1), .stop: .nothingToPlay,
            .next: .nothingToPlay, .previous: load(2, track: 2), .seek: soughtSilently(track: 3),
        ],
    ]

    @Test(arguments: Stage.allCases, Command.allCases)
    func everyCommandInEveryState(stage: Stage, command: Command) throws {
        var machine = try Self.machine(at: stage)
        let before = machine.snapshot(heard: nil)
        let expected = try #require(Self.table[stage]?[command])
        do throws(PlayerError) {
            let actions = try Self.apply(command, to: &machine)
            #expect(.done(actions, machine.state) == expected)
        } catch .nothingToPlay {
            #expect(expected == .nothingToPlay)
            #expect(machine.snapshot(heard: nil) == before, "a refused command changes nothing")
        }
    }

    @Test(
        "previous goes back a track within the first 3 s, later to the start of this one",
        arguments: [
            (0, 1), (3_000, 1), (3_001, 2), (59_999, 2),
        ]
    )
    func previousByPosition(positionMs: Int, track: Int) throws {
        var machine = try Self.machine(at: .playing)
        let actions = try machine.previous(heard: SoundPosition(request: 1, positionMs: positionMs))
        #expect(actions.first == .load(PlayRequest(id: 3, path: "/media/p/\(track).mp3", positionMs: 0)))
    }

    @Test func previousAtTheFirstTrackStartsItAgain() throws {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        _ = try machine.start(.sample("p"), index: 0, positionMs: 0, heard: nil)
        let actions = try machine.previous(heard: nil)
        #expect(actions.first == .load(PlayRequest(id: 2, path: "/media/p/1.mp3", positionMs: 0)))
    }

    @Test(
        arguments: [
            (-1, "position_ms must not be negative"), (Int.min, "position_ms must not be negative"),
            (60_001, "position_ms must be 0 to 60000 in \"Track 2\""),
            (Int.max, "position_ms must be 0 to 60000 in \"Track 2\""),
        ]
    )
    func seeksOutsideTheTrackAreRefused(positionMs: Int, message: String) throws {
        var machine = try Self.machine(at: .playing)
        let before = machine.snapshot(heard: Self.heard)
        #expect(throws: PlayerError.outOfRange(message)) { try machine.seek(toMs: positionMs, heard: Self.heard) }
        #expect(machine.snapshot(heard: Self.heard) == before)
    }

    @Test(arguments: Stage.allCases)
    func aNegativePositionIsOutOfRangeWhateverPlays(stage: Stage) throws {
        var machine = try Self.machine(at: stage)
        #expect(throws: PlayerError.outOfRange("position_ms must not be negative")) {
            try machine.seek(toMs: -1, heard: nil)
        }
    }

    @Test("both ends of the track are within it", arguments: [0, 60_000])
    func seeksToTheEnds(positionMs: Int) throws {
        var machine = try Self.machine(at: .playing)
        #expect(try machine.seek(toMs: positionMs, heard: Self.heard).first == .seek(toMs: positionMs))
        #expect(machine.positionMs(heard: Self.heard) == positionMs, "the target shows until the engine has answered")
    }

    @Test func aTrackOfUnknownLengthCannotBeSoughtToWhereNumbersOverflow() throws {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        _ = try machine.start(.sample("p", durationsMs: [nil]), index: 0, positionMs: 0, heard: nil)
        #expect(throws: PlayerError.self) { try machine.seek(toMs: Int.max, heard: nil) }
        #expect(try machine.seek(toMs: 7_200_000, heard: nil).first == .seek(toMs: 7_200_000))
    }

    @Test(
        "volume: as asked, never above the cap, never outside 0 to 100",
        arguments: [
            (0, 0), (30, 30), (80, 80), (81, 80), (100, 80),
        ]
    )
    func volume(asked: Int, got: Int) throws {
        var machine = try Self.machine(at: .playing)
        #expect(
            try machine.setVolume(asked, muted: nil) == [
                .setVolume(got, muted: false), .announceVolume, .announceState,
            ]
        )
        #expect(machine.volume == got)
        #expect(try machine.setVolume(asked, muted: nil) == [], "asked twice, told once")
    }

    @Test(arguments: [-1, 101, Int.min, Int.max])
    func volumesOutsideTheRangeAreRefused(volume: Int) throws {
        var machine = try Self.machine(at: .playing)
        #expect(throws: PlayerError.outOfRange("volume must be 0 to 100")) {
            try machine.setVolume(volume, muted: true)
        }
        #expect(machine.volume == 50)
        #expect(!machine.muted)
    }

    @Test func mutingLeavesTheVolume() throws {
        var machine = try Self.machine(at: .playing)
        #expect(
            try machine.setVolume(nil, muted: true) == [.setVolume(50, muted: true), .announceVolume, .announceState]
        )
        #expect(try machine.setVolume(nil, muted: nil) == [])
    }

    @Test(
        "a stored volume outside the range is brought into it",
        arguments: [(-5, 0), (90, 80), (Int.max, 80), (7, 7)]
    )
    func storedVolume(stored: Int, volume: Int) {
        let machine = PlayerMachine(mediaDirectory: "/media", volume: stored, muted: false, maxVolume: 80)
        #expect(machine.volume == volume)
    }

    @Test func startingAnotherPlaylistRemembersTheOldOne() throws {
        var machine = try Self.machine(at: .playing)
        let actions = try machine.start(.sample("q"), index: 2, positionMs: 500, heard: Self.heard)
        #expect(
            actions == [
                Self.resume(10_000), .load(PlayRequest(id: 3, path: "/media/q/3.mp3", positionMs: 500)), .announceState,
            ]
        )
    }

    @Test func startingTheSamePlaylistDoesNotRememberItsPlace() throws {
        var machine = try Self.machine(at: .playing)
        let actions = try machine.start(.sample("p"), index: 0, positionMs: 0, heard: Self.heard)
        #expect(actions == [.load(PlayRequest(id: 3, path: "/media/p/1.mp3", positionMs: 0)), .announceState])
    }

    @Test("what is not there cannot be started", arguments: [-1, 3, Int.max, Int.min])
    func startOutOfRange(index: Int) throws {
        var machine = try Self.machine(at: .playing)
        #expect(throws: PlayerError.outOfRange("playlist \"Title of q\" has tracks 1 to 3")) {
            try machine.start(.sample("q"), index: index, positionMs: 0, heard: Self.heard)
        }
        #expect(machine.queue?.id == "p")
        #expect(machine.state == .playing)
    }

    @Test func anEmptyPlaylistSaysWhatToDo() throws {
        var machine = try Self.machine(at: .playing)
        #expect(throws: PlayerError.nothingToPlay("playlist \"Title of q\" has no tracks: add some first")) {
            try machine.start(.sample("q", tracks: []), index: 0, positionMs: 0, heard: Self.heard)
        }
        #expect(machine.state == .playing)
    }

    @Test(
        "the column of the tag policy",
        arguments: [
            (Stage.empty, TagPolicy.Situation.elsewhere), (.stopped, .stopped), (.ended, .ended), (.loading, .playing),
            (.playing, .playing), (.paused, .paused), (.lifted, .interrupted), (.failed, .elsewhere),
        ]
    )
    func situation(stage: Stage, situation: TagPolicy.Situation) throws {
        let machine = try Self.machine(at: stage)
        #expect(machine.situation(ofPlaylist: "p") == situation)
        #expect(machine.situation(ofPlaylist: "q") == .elsewhere)
    }

    @Test func restoredIsSilentAndGoesOnWhereItWas() throws {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 100)
        machine.restore(.sample("p"), index: 1, positionMs: 12_345)
        #expect(machine.state == .stopped(atEnd: false))
        #expect(machine.positionMs(heard: nil) == 12_345)
        #expect(
            try machine.play(heard: nil)
                == [.load(PlayRequest(id: 1, path: "/media/p/2.mp3", positionMs: 12_345)), .announceState]
        )
    }
}
