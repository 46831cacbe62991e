import Testing

@testable import NFC

private let a = TagID("04a1b2c3")!
private let b = TagID("04a1b2c3d4e5f6")!

/// One case: a letter for each poll, 50 ms apart: `a` and `b` are tags, `.` is none, `!` a failed poll.
private struct Trace: CustomTestStringConvertible {
    var polls: String
    /// What happens at which poll, counted from 0: `+a` placed, `-a` removed.
    var events: [String]
    var testDescription: String { polls }

    func play() -> [String] {
        // 200 ms are four polls, 100 ms are two.
        var presence = Presence(
            configuration: .init(removalNanoseconds: 200_000_000, swapNanoseconds: 100_000_000, misses: 3)
        )
        var result: [String] = []
        for (index, poll) in polls.enumerated() {
            let now = UInt64(index) * 50_000_000
            let events: [TagEvent]
            switch poll {
            case "a": events = presence.seen(a, at: now)
            case "b": events = presence.seen(b, at: now)
            case "!":
                presence.unknown(at: now)
                events = []
            default: events = presence.missed(at: now)
            }
            for event in events {
                switch event {
                case .placed(let tag, let seenAt):
                    result.append("\(index)+\(tag == a ? "a" : "b")@\(seenAt / 50_000_000)")
                case .removed(let tag): result.append("\(index)-\(tag == a ? "a" : "b")")
                }
            }
        }
        return result
    }
}

@Suite struct PresenceTests {
    @Test(arguments: [
        Trace(polls: "....", events: []),
        Trace(polls: "..a", events: ["2+a@2"]),
        Trace(polls: "aaaaaaaa", events: ["0+a@0"]),
        Trace(polls: "a...", events: ["0+a@0"]),
        Trace(polls: "a....", events: ["0+a@0", "4-a"]),
        Trace(polls: "a.........", events: ["0+a@0", "4-a"]),
        Trace(polls: "a....a", events: ["0+a@0", "4-a", "5+a@5"]),
        // Put back within the hysteresis: nothing happened.
        Trace(polls: "a...a...a...a", events: ["0+a@0"]),
        // The edge of the field: one hit in four polls is enough.
        Trace(polls: "a.a..a...a..a.aa...a", events: ["0+a@0"]),
        // Swapped by hand: the other tag counts at its first sight once the first one has been away for a moment.
        Trace(polls: "aa..b", events: ["0+a@0", "4-a", "4+b@4"]),
        Trace(polls: "aa.b", events: ["0+a@0", "3-a", "3+b@3"]),
        // At once on top of it: waits for the moment, but keeps its first sight.
        Trace(polls: "aab", events: ["0+a@0"]),
        Trace(polls: "aabb", events: ["0+a@0", "3-a", "3+b@2"]),
        // Two tags in the field: the one that was there first stays, however rarely it wins.
        Trace(polls: "aababababab", events: ["0+a@0"]),
        Trace(polls: "aab.b", events: ["0+a@0", "4-a", "4+b@4"]),
        // A rival that shows up once does not keep its time for later.
        Trace(polls: "ab.....b", events: ["0+a@0", "4-a", "7+b@7"]),
        Trace(polls: "ba....a", events: ["0+b@0", "4-b", "6+a@6"]),
        // Faults say nothing about the tag, and the wait starts anew after them.
        Trace(polls: "a!!!!!!!!", events: ["0+a@0"]),
        Trace(polls: "a..!...", events: ["0+a@0"]),
        Trace(polls: "a..!....", events: ["0+a@0", "7-a"]),
        Trace(polls: "a!b", events: ["0+a@0"]),
        Trace(polls: "!!a", events: ["2+a@2"]),
    ])
    fileprivate func plays(trace: Trace) {
        #expect(trace.play() == trace.events)
    }

    @Test func aPauseWithoutPollsRemovesNothing() {
        var presence = Presence()
        _ = presence.seen(a, at: 0)
        // The host slept for a minute (a suspended laptop, a stopped process): one miss is no proof.
        #expect(presence.missed(at: 60_000_000_000) == [])
        #expect(presence.missed(at: 60_050_000_000) == [])
        #expect(presence.missed(at: 60_100_000_000) == [.removed(a)])
    }

    @Test func slowPollsDoNotMakeASwapOfOneMiss() {
        var presence = Presence()
        _ = presence.seen(a, at: 0)
        #expect(presence.seen(b, at: 1_000_000_000) == [])
        #expect(presence.seen(a, at: 2_000_000_000) == [])
        #expect(presence.seen(b, at: 3_000_000_000) == [])
        let swap: [TagEvent] = [.removed(a), .placed(b, seenAtNanoseconds: 3_000_000_000)]
        #expect(presence.seen(b, at: 4_000_000_000) == swap)
    }

    @Test func countsMissesOfThePlacedTagOnly() {
        var presence = Presence()
        _ = presence.missed(at: 0)
        #expect(presence.misses == 0)
        _ = presence.seen(a, at: 1)
        _ = presence.missed(at: 2)
        _ = presence.missed(at: 3)
        #expect(presence.misses == 2)
        #expect(presence.placed == a)
        _ = presence.seen(a, at: 4)
        #expect(presence.misses == 0)
    }
}
