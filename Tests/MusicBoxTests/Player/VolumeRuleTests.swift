import MusicLibrary
import Testing

@testable import MusicBox

/// The volume's limits, and what steps of it do.
@Suite struct VolumeRuleTests {
    private static func machine(_ volume: Int, in range: ClosedRange<Int> = 0...100, muted: Bool = false)
        -> PlayerMachine
    {
        PlayerMachine(
            mediaDirectory: "/media",
            volume: volume,
            muted: muted,
            minVolume: range.lowerBound,
            maxVolume: range.upperBound
        )
    }

    private static func playing(_ machine: PlayerMachine) throws -> PlayerMachine {
        var machine = machine
        _ = try machine.start(.sample("p"), index: 0, positionMs: 0, heard: nil)
        return machine
    }

    @Test(arguments: [(0, 10), (10, 10), (50, 50), (80, 80), (100, 80)])
    func nobodyPassesTheLimits(asked: Int, volume: Int) throws {
        var machine = Self.machine(40, in: 10...80)
        _ = try machine.setVolume(asked, muted: nil)
        #expect(machine.volume == volume)
        #expect(Self.machine(asked, in: 10...80).volume == volume)
    }

    @Test func aLowerLimitAboveTheUpperOneIsTheUpperOne() {
        #expect(Self.machine(50, in: 30...30).volume == 30)
        let machine = PlayerMachine(mediaDirectory: "", volume: 5, muted: false, minVolume: 90, maxVolume: 30)
        #expect(machine.volume == 30)
    }

    @Test(arguments: [(5, 45), (-5, 35), (100, 80), (-100, 10)])
    func stepsActWhileSomethingIsHeard(delta: Int, volume: Int) throws {
        var machine = try Self.playing(Self.machine(40, in: 10...80))
        let actions = try machine.changeVolume(by: delta)
        #expect(machine.volume == volume)
        #expect(actions == [.setVolume(volume, muted: false), .announceVolume, .announceState])
    }

    /// A button held down while nothing plays: however often, the next tap is as loud as the last one was.
    @Test func stepsInSilenceAreRefused() throws {
        var machine = Self.machine(40)
        for _ in 0..<100 { #expect(throws: PlayerError.self) { try machine.changeVolume(by: 5) } }
        #expect(machine.volume == 40)
        machine = try Self.playing(machine)
        _ = try machine.pause(heard: nil)
        #expect(throws: PlayerError.self) { try machine.changeVolume(by: 5) }
        #expect(machine.volume == 40)
    }

    @Test func louderEndsMutingAndQuieterDoesNot() throws {
        var machine = try Self.playing(Self.machine(40, muted: true))
        _ = try machine.changeVolume(by: -5)
        #expect(machine.muted && machine.volume == 35)
        _ = try machine.changeVolume(by: 5)
        #expect(!machine.muted && machine.volume == 40)
    }

    @Test(arguments: [Int.min, -101, 101, Int.max])
    func absurdStepsAreRefused(delta: Int) throws {
        var machine = try Self.playing(Self.machine(40))
        #expect(throws: PlayerError.self) { try machine.changeVolume(by: delta) }
    }

    @Test func theBoxDoesNotStartLouderThanAllowed() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig async throws in _ = try await rig.box.setVolume(90, muted: nil) }
            let configuration = MusicBox.Configuration(startVolume: 30)
            try await withBox(in: directory, configuration: configuration) { rig async throws in
                #expect(await rig.box.status().volume == 30)
                #expect(try await rig.box.setVolume(70, muted: nil).volume == 70)
            }
            try await withBox(in: directory) { rig async throws in #expect(await rig.box.status().volume == 70) }
        }
    }
}
