import MusicLibrary
import Testing

@testable import MusicBox

@Suite struct LoudnessTargetTests {
    /// Loudness, peak and the gain to -18 LUFS.
    @Test(
        arguments: [
            (-8, 0.8, -10), (-20, -6, 2), (-30, -4, 4), (-30, -20, 12), (-18.05, -1, 0), (-18, 0, 0), (-16, 3, -3),
            (-30, nil, 0), (-8, nil, -10),
        ] as [(Double, Double?, Double)]
    )
    func gainLeadsToTheLevelButNeverClips(integrated: Double, peak: Double?, gain: Double) {
        let target = LoudnessTarget(level: -18)
        #expect(abs(target.gain(for: Loudness(integrated: integrated, truePeak: peak)) - gain) < 1e-9)
    }

    @Test func whatIsNotKnownStaysAsItIs() {
        #expect(LoudnessTarget(level: -18).gain(for: nil) == 0)
    }
}

@Suite struct AlbumGainTests {
    private static func track(_ number: Int, _ album: String?, _ integrated: Double?, seconds: Int = 60) -> Track {
        var track = Playlist.sample("p").tracks[0]
        track.id = "t\(number)"
        track.album = album
        track.durationMs = seconds * 1000
        track.loudness = integrated.map { Loudness(integrated: $0, truePeak: -20) }
        return track
    }

    /// Pieces of an album keep their distance; others do not matter to it.
    @Test func anAlbumIsBroughtToTheLevelAsOne() {
        let tracks = [
            Self.track(1, "A", -20), Self.track(2, "A", -30), Self.track(3, "A", nil), Self.track(4, "B", -10),
            Self.track(5, nil, -12), Self.track(6, nil, -14),
        ]
        let target = LoudnessTarget(level: -18, scope: .album)
        let gains = tracks.map { target.gain(for: $0, among: tracks) }
        // The mean of 10^-2 and 10^-3 is -22.6 LUFS.
        #expect(abs(gains[0] - 4.596) < 0.01 && gains[1] == gains[0] && gains[2] == gains[0])
        #expect(gains[3...] == [-8, -6, -4])
        let each = LoudnessTarget(level: -18).gain(for: tracks[1], among: tracks)
        #expect(abs(each - 12) < 1e-9)
    }

    @Test func longPiecesCountMore() throws {
        let both = [Self.track(1, "A", -20, seconds: 99), Self.track(2, "A", -40, seconds: 1)]
        let together = try #require(LoudnessTarget.together(both))
        #expect(abs(together.integrated + 20.04) < 0.01)
        #expect(LoudnessTarget.together([Self.track(1, "A", nil)]) == nil)
    }
}

@Suite struct LearnedLoudnessTests {
    private static func machine(_ target: LoudnessTarget?) throws -> PlayerMachine {
        var machine = PlayerMachine(
            mediaDirectory: "/media",
            volume: 50,
            muted: false,
            maxVolume: 100,
            loudness: target
        )
        _ = try machine.start(.sample("p"), index: 0, positionMs: 0, heard: nil)
        _ = machine.started(request: 1)
        return machine
    }

    private static let loud = Loudness(integrated: -8, truePeak: 0)

    @Test func thePreparedTrackIsPreparedAnew() throws {
        var machine = try Self.machine(LoudnessTarget(level: -18))
        let wanted = PlayRequest(id: 3, path: "/media/p/2.mp3", positionMs: 0, gain: -10)
        #expect(machine.learned(Self.loud, of: "p/2.mp3") == [.prepareNext(wanted)])
        #expect(machine.started(request: 3).contains(.countPlay(trackID: "p-2")))
    }

    @Test func whatIsHeardStaysAsItIsUntilTheNextTime() throws {
        var machine = try Self.machine(LoudnessTarget(level: -18))
        #expect(machine.learned(Self.loud, of: "p/1.mp3") == [])
        let again = try machine.previous(heard: nil)
        #expect(again.first == .load(PlayRequest(id: 3, path: "/media/p/1.mp3", positionMs: 0, gain: -10)))
    }

    @Test func nothingIsDoneWhereNothingIsWanted() throws {
        var machine = try Self.machine(nil)
        #expect(machine.learned(Self.loud, of: "p/2.mp3") == [])
    }
}
