import Testing

@testable import MusicBox

@Suite struct SequenceCounterTests {
    @Test func numbersGrowThroughBlocks() {
        var counter = SequenceCounter(first: 1_000..<1_003)
        #expect(counter.current == 999)
        #expect([counter.next(), counter.next()] == [1_000, 1_001])
        counter.add(5_000..<5_002)
        #expect([counter.next(), counter.next(), counter.next()] == [1_002, 5_000, 5_001])
        #expect(counter.next() == nil)
        #expect(counter.current == 5_001, "the newest number stays while there is none")
        counter.add(6_000..<6_001)
        #expect(counter.next() == 6_000)
    }

    @Test func asksForABlockInTime() {
        var counter = SequenceCounter(first: 1..<301)
        var used = 0
        while !counter.isRunningLow {
            _ = counter.next()
            used += 1
        }
        #expect(used == 45, "255 are left to bridge a slow disk")
        counter.add(1_001..<2_001)
        #expect(!counter.isRunningLow)
        for _ in 0..<255 { _ = counter.next() }
        #expect(counter.current == 300)
        #expect(counter.next() == 1_001)
        #expect(!counter.isRunningLow)
    }
}
