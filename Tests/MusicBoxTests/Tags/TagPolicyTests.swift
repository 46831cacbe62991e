import Testing

@testable import MusicBox

/// The table of what a tag does, written out from the wire contract, section 8.
@Suite struct TagPolicyTests {
    private typealias Table = [TagPolicy.Occasion: [TagPolicy.Situation: TagPolicy.Action]]

    /// With every setting at its default.
    private static let standard: Table = [
        .placed: [
            .elsewhere: .start, .playing: .nothing, .paused: .resume, .interrupted: .resume, .stopped: .start,
            .ended: .startFromBeginning,
        ],
        .returned: [
            .elsewhere: .start, .playing: .nothing, .paused: .resume, .interrupted: .resume, .stopped: .start,
            .ended: .startFromBeginning,
        ],
        .presentAtStart: [
            .elsewhere: .nothing, .playing: .nothing, .paused: .nothing, .interrupted: .nothing, .stopped: .nothing,
            .ended: .nothing,
        ],
        .removed: [
            .elsewhere: .nothing, .playing: .nothing, .paused: .nothing, .interrupted: .nothing, .stopped: .nothing,
            .ended: .nothing,
        ],
    ]

    private static let whenLifted: [TagPolicy.Removal: TagPolicy.Action] = [
        .keep: .nothing, .pause: .pause, .stop: .stop,
    ]

    private static let whenAgain: [TagPolicy.Repeat: TagPolicy.Action] = [
        .nothing: .nothing, .restart: .startFromBeginning, .next: .next, .pause: .pause,
    ]

    private static let playingAtStart: [TagPolicy.Situation: TagPolicy.Action] = [
        .elsewhere: .start, .playing: .nothing, .paused: .resume, .interrupted: .resume, .stopped: .start,
        .ended: .startFromBeginning,
    ]

    @Test(
        "every occasion in every situation under every setting",
        arguments: TagPolicy.Occasion.allCases,
        TagPolicy.Situation.allCases
    )
    func table(occasion: TagPolicy.Occasion, situation: TagPolicy.Situation) throws {
        for onRemove in TagPolicy.Removal.allCases {
            for onRepeat in TagPolicy.Repeat.allCases {
                for playAtStart in [false, true] {
                    let policy = TagPolicy(onRemove: onRemove, onRepeat: onRepeat, playAtStart: playAtStart)
                    let expected =
                        switch (occasion, situation) {
                        case (.removed, .playing): Self.whenLifted[onRemove]
                        case (.placed, .playing): Self.whenAgain[onRepeat]
                        case (.presentAtStart, _) where playAtStart: Self.playingAtStart[situation]
                        default: Self.standard[occasion]?[situation]
                        }
                    #expect(
                        policy.action(for: occasion, when: situation) == (try #require(expected)),
                        "remove: \(onRemove), repeat: \(onRepeat), at start: \(playAtStart)"
                    )
                }
            }
        }
    }

    @Test func theDefaultsDisturbNothing() {
        #expect(TagPolicy() == TagPolicy(onRemove: .keep, onRepeat: .nothing, playAtStart: false))
    }
}
