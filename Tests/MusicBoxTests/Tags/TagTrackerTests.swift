import NFC
import Testing

@testable import MusicBox

@Suite struct TagTrackerTests {
    private let cow = TagID("04a1b2c3")!
    private let fox = TagID("04d4e5f6")!
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test(
        "put back: within the grace time it returned, at its end it is placed",
        arguments: [
            (0, TagPolicy.Occasion.returned), (1, .returned), (4_999, .returned), (5_000, .placed), (60_000, .placed),
        ]
    )
    func grace(pause: Int, occasion: TagPolicy.Occasion) {
        var tracker = TagTracker(grace: .seconds(5))
        #expect(tracker.placed(cow, at: after(0), virtual: false) == .placed)
        tracker.removed(cow, at: after(100))
        #expect(tracker.present == nil)
        #expect(tracker.placed(cow, at: after(100 + pause), virtual: false) == occasion)
        #expect(tracker.present == cow)
    }

    @Test func withoutGraceNothingReturns() {
        var tracker = TagTracker(grace: .zero)
        _ = tracker.placed(cow, at: after(0), virtual: false)
        tracker.removed(cow, at: after(10))
        #expect(tracker.placed(cow, at: after(10), virtual: false) == .placed)
    }

    @Test func anotherTagBetweenEndsTheGrace() {
        var tracker = TagTracker(grace: .seconds(5))
        _ = tracker.placed(cow, at: after(0), virtual: false)
        tracker.removed(cow, at: after(10))
        #expect(tracker.placed(fox, at: after(20), virtual: false) == .placed)
        #expect(tracker.placed(cow, at: after(30), virtual: false) == .placed)
    }

    @Test func placedAgainWithoutBeingLiftedIsPlaced() {
        var tracker = TagTracker(grace: .seconds(5))
        _ = tracker.placed(cow, at: after(0), virtual: true)
        #expect(tracker.placed(cow, at: after(10), virtual: true) == .placed)
    }

    @Test(
        "soon after the reader became ready a tag was there before",
        arguments: [
            (0, TagPolicy.Occasion.presentAtStart), (699, .presentAtStart), (700, .placed), (10_000, .placed),
        ]
    )
    func presentAtStart(delay: Int, occasion: TagPolicy.Occasion) {
        var tracker = TagTracker(grace: .seconds(5))
        tracker.readerReady(at: after(0))
        #expect(tracker.placed(cow, at: after(delay), virtual: false) == occasion)
    }

    @Test func aTapFromAProgramIsNeverThereAtStart() {
        var tracker = TagTracker(grace: .seconds(5))
        tracker.readerReady(at: after(0))
        #expect(tracker.placed(cow, at: after(1), virtual: true) == .placed)
    }

    @Test func onlyTheFirstTimeTheReaderIsReadyCounts() {
        var tracker = TagTracker(grace: .seconds(5))
        tracker.readerReady(at: after(0))
        tracker.readerReady(at: after(60_000))
        #expect(tracker.placed(cow, at: after(60_001), virtual: false) == .placed)
    }

    @Test func aTagPutOnAndLiftedWithinTheStartWindowReturns() {
        var tracker = TagTracker(grace: .seconds(5))
        tracker.readerReady(at: after(0))
        #expect(tracker.placed(cow, at: after(1), virtual: false) == .presentAtStart)
        tracker.removed(cow, at: after(2))
        #expect(tracker.placed(cow, at: after(3), virtual: false) == .returned)
    }

    @Test func liftingATagThatLiesThereNoMoreLeavesTheOther() {
        var tracker = TagTracker(grace: .seconds(5))
        _ = tracker.placed(cow, at: after(0), virtual: false)
        _ = tracker.placed(fox, at: after(1), virtual: false)
        tracker.removed(cow, at: after(2))
        #expect(tracker.present == fox)
    }
}
