import NFC
import Testing

@testable import MusicBox

/// The contract, section 8: one session per playlist, every end announced.
@Suite struct AssociationMachineTests {
    private let start = ContinuousClock.now
    private let fish = TagID("04a1b2c3")!
    private let cow = TagID("04d4e5f6")!
    private let wood = AssociationSession.OtherPlaylist(id: "wood", title: "Wood")
    private let farm = AssociationSession.OtherPlaylist(id: "farm", title: "Farm")

    private func machine(_ playlists: String..., timeout: Duration = .seconds(60)) throws -> AssociationMachine {
        var machine = AssociationMachine()
        for id in playlists { _ = try begin(&machine, id, timeout: timeout) }
        return machine
    }

    private func begin(
        _ machine: inout AssociationMachine,
        _ playlistID: String,
        timeout: Duration = .seconds(60)
    ) throws -> [AssociationMachine.Action] {
        try machine.start(
            id: "of-" + playlistID,
            playlistID: playlistID,
            title: playlistID,
            timeout: timeout,
            now: start,
            wallMs: 1_000
        )
    }

    /// The states announced, oldest first.
    private func states(_ actions: [AssociationMachine.Action]?) -> [AssociationSession.State] {
        (actions ?? []).compactMap { if case .announce(let session) = $0 { session.state } else { nil } }
    }

    @Test func theStartIsAnnounced() throws {
        var machine = AssociationMachine()
        let actions = try begin(&machine, "farm", timeout: .milliseconds(1_500))
        #expect(states(actions) == [.listening])
        #expect(machine.live.map(\.timeoutMs) == [2_500])
        #expect(machine.nextDeadline == start + .milliseconds(1_500))
        #expect(machine.isListening)
    }

    @Test func oneAtATimePerPlaylist() throws {
        var machine = try machine("farm")
        #expect(throws: BoxError.self) { try begin(&machine, "farm") }
        #expect(states(try begin(&machine, "wood")) == [.listening])
        #expect(machine.live.count == 2)
    }

    @Test("timeouts that cannot be", arguments: [.zero, .seconds(-1), .seconds(3_601)] as [Duration])
    func timeouts(timeout: Duration) throws {
        var machine = AssociationMachine()
        #expect(throws: BoxError.self) { try begin(&machine, "farm", timeout: timeout) }
        #expect(machine.live.isEmpty)
    }

    @Test func sessionsAreBounded() throws {
        var machine = AssociationMachine()
        for number in 0..<AssociationMachine.limit { _ = try begin(&machine, "p\(number)") }
        #expect(throws: BoxError.self) { try begin(&machine, "one-more") }
    }

    @Test func aFreeTagIsBound() throws {
        var machine = try machine("farm")
        #expect(machine.placed(fish, owner: nil) == [.bind(fish, session: "of-farm", playlistID: "farm")])
        #expect(states(machine.bound(fish, session: "of-farm")) == [.success(fish)])
        #expect(machine.live.isEmpty)
        #expect(machine.nextDeadline == nil)
    }

    @Test func aTagOfThePlaylistItselfIsASuccess() throws {
        var machine = try machine("farm")
        #expect(states(machine.placed(fish, owner: farm)) == [.success(fish)])
        #expect(machine.live.isEmpty)
    }

    @Test func aTagOfAnotherPlaylistWaitsForADecision() throws {
        var machine = try machine("farm")
        #expect(states(machine.placed(fish, owner: wood)) == [.duplicate(fish, of: wood)])
        #expect(machine.placed(fish, owner: wood) == [], "the same again is no news")
        #expect(states(machine.placed(cow, owner: wood)) == [.duplicate(cow, of: wood)], "another tag")
        #expect(states(machine.boundElsewhere(fish, to: "farm", isOverride: false)).isEmpty, "not the one it waits for")
        #expect(states(machine.boundElsewhere(cow, to: "farm", isOverride: false)) == [.success(cow)])
    }

    @Test func anOverrideEndsAnySessionOfItsPlaylist() throws {
        var machine = try machine("farm", "wood")
        #expect(states(machine.boundElsewhere(fish, to: "farm", isOverride: true)) == [.success(fish)])
        #expect(machine.live.map(\.playlistID) == ["wood"])
    }

    @Test func afterADuplicateAFreeTagIsBound() throws {
        var machine = try machine("farm")
        _ = machine.placed(fish, owner: wood)
        #expect(machine.placed(cow, owner: nil) == [.bind(cow, session: "of-farm", playlistID: "farm")])
    }

    @Test func aBindingThatFailsEndsTheSession() throws {
        var machine = try machine("farm")
        _ = machine.placed(fish, owner: nil)
        #expect(
            states(machine.failed("of-farm", tag: fish, message: "full")) == [.failed(fish, message: "full")]
        )
        #expect(machine.live.isEmpty)
    }

    @Test func aStopEndsIt() throws {
        var machine = try machine("farm")
        #expect(machine.stop("of-wood") == nil)
        #expect(states(machine.stop("of-farm")) == [.stopped])
        #expect(machine.stop("of-farm") == nil, "what has ended does not end again")
        #expect(machine.bound(fish, session: "of-farm") == [])
    }

    @Test func timeEndsItWhateverItWaitsFor() throws {
        var machine = try machine("farm", "wood", timeout: .seconds(2))
        _ = machine.placed(fish, owner: .init(id: "sea", title: "Sea"))
        #expect(machine.timeReached(start + .milliseconds(1_999)) == [])
        #expect(states(machine.timeReached(start + .seconds(2))) == [.timeout, .timeout])
        #expect(machine.timeReached(start + .seconds(9)) == [])
    }

    @Test func aPlaylistThatIsDeletedEndsItsSessionAndFreesTheOther() throws {
        var machine = try machine("farm", "wood")
        _ = machine.placed(fish, owner: .init(id: "farm", title: "Farm"))
        let announced = states(machine.playlistDeleted("farm"))
        #expect(announced == [.failed(nil, message: "The playlist was deleted"), .listening])
        #expect(machine.live.map(\.playlistID) == ["wood"])
    }

    @Test func theNewestSessionGetsTheTag() throws {
        var machine = try machine("farm", "wood")
        #expect(machine.placed(fish, owner: nil) == [.bind(fish, session: "of-wood", playlistID: "wood")])
    }

    @Test func withoutASessionTagsBelongToThePlayer() {
        var machine = AssociationMachine()
        #expect(machine.placed(fish, owner: nil) == nil)
        #expect(machine.placed(fish, owner: wood) == nil)
    }

    @Test func aUsedTagStartsNothingUntilItWasLifted() throws {
        var machine = try machine("farm")
        _ = machine.placed(fish, owner: nil)
        _ = machine.bound(fish, session: "of-farm")
        #expect(machine.placed(fish, owner: farm) == [], "the reader came back and sees it anew")
        machine.removed(cow)
        #expect(machine.placed(fish, owner: farm) == [])
        machine.removed(fish)
        #expect(machine.placed(fish, owner: farm) == nil)
    }

    @Test func anotherTagPlaysThoughAUsedOneWasNotSeenToLeave() throws {
        var machine = try machine("farm")
        _ = machine.placed(fish, owner: farm)
        #expect(machine.placed(cow, owner: wood) == nil)
        #expect(machine.placed(fish, owner: farm) == nil)
    }
}
