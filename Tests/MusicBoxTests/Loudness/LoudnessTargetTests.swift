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
