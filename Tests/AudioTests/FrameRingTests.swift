import Glibc
import Synchronization
import Testing
import Threads

@testable import Audio

@Suite struct FrameRingTests {
    /// A million frames through a small ring, in blocks of random sizes, between two threads: all arrive, in order.
    @Test(arguments: [(64, 0), (256, 64), (4096, 1024)])
    func carriesEveryFrame(capacity: Int, history: Int) {
        let ring = FrameRing(capacity: capacity, history: history)
        let total = 1_000_000
        let producer = WorkerThread(name: "producer") {
            var random = Random(seed: 1)
            var block = [Float](repeating: 0, count: 512)
            var next = 0
            while next < total {
                let wanted = min(1 + random.next(256), total - next)
                for frame in 0..<wanted {
                    block[2 * frame] = Float(next + frame)
                    block[2 * frame + 1] = -Float(next + frame)
                }
                let written = ring.write(block, count: wanted)
                next += written
                if written == 0 { sched_yield() }
            }
        }
        var random = Random(seed: 2)
        var block = [Float](repeating: 0, count: 512)
        var next = 0
        var wrong = 0
        while next < total {
            let frames = ring.claim(upTo: 1 + random.next(256))
            ring.settle(frames)
            if frames == 0 { sched_yield() }
            block.withUnsafeMutableBufferPointer { ring.read(into: $0.baseAddress!, count: frames) }
            for frame in 0..<frames
            where block[2 * frame] != Float(next + frame) || block[2 * frame + 1] != -Float(next + frame) { wrong += 1 }
            next += frames
        }
        producer.join()
        #expect(wrong == 0)
        #expect(ring.fill == 0)
    }

    /// The producer takes back frames again and again while the consumer reads: a frame that was taken back is never
    /// read, whoever is faster.
    @Test func retractionIsAllOrNothing() {
        let ring = FrameRing(capacity: 1024, history: 0)
        let rounds = 20_000
        let done = Atomic<Bool>(false)
        // Frames carry 2 * index, or 2 * index + 1 once they are replacements.
        let producer = WorkerThread(name: "producer") {
            var block = [Float](repeating: 0, count: 64)
            func write(from index: UInt64, count: Int, replaced: Bool) {
                for frame in 0..<count {
                    let value = Float(2 * ((Int(index) + frame) % 100_000) + (replaced ? 1 : 0))
                    block[2 * frame] = value
                    block[2 * frame + 1] = value
                }
                var sent = 0
                while sent < count {
                    sent += block.withUnsafeBufferPointer {
                        ring.write($0.baseAddress! + 2 * sent, count: count - sent)
                    }
                    if sent < count { sched_yield() }
                }
            }
            for _ in 0..<rounds {
                let kept = ring.writeIndex + 8
                write(from: ring.writeIndex, count: 8, replaced: false)
                write(from: kept, count: 8, replaced: false)
                if ring.retract(to: kept) { write(from: kept, count: 8, replaced: true) }
            }
            done.store(true, ordering: .releasing)
        }
        var block = [Float](repeating: 0, count: 32)
        var index = 0
        var wrong = 0
        var random = Random(seed: 3)
        while !done.load(ordering: .acquiring) || ring.fill > 0 {
            let frames = ring.claim(upTo: 1 + random.next(12))
            ring.settle(frames)
            if frames == 0 { sched_yield() }
            block.withUnsafeMutableBufferPointer { ring.read(into: $0.baseAddress!, count: frames) }
            for frame in 0..<frames {
                // Whichever it is, it is the frame of this index, and both sides agree.
                if Int(block[2 * frame]) / 2 != (index + frame) % 100_000 || block[2 * frame] != block[2 * frame + 1] {
                    wrong += 1
                }
            }
            index += frames
        }
        producer.join()
        #expect(wrong == 0)
        #expect(index == rounds * 16)
    }

    @Test func claimedFramesCannotBeTakenBack() {
        let ring = FrameRing(capacity: 64, history: 0)
        let block = [Float](repeating: 1, count: 64)
        let written = ring.write(block, count: 20)
        let claimed = ring.claim(upTo: 10)
        ring.settle(10)
        #expect((written, claimed) == (20, 10))
        let tookClaimed = ring.retract(to: 9)
        #expect(!tookClaimed)
        #expect(ring.writeIndex == 20)
        let tookRest = ring.retract(to: 10)
        #expect(tookRest)
        #expect(ring.fill == 10)
    }

    @Test func historyStaysReadable() {
        let ring = FrameRing(capacity: 64, history: 16)
        var block = (0..<128).map { Float($0 / 2) }
        let first = ring.write(block, count: 64)
        #expect(first == 48)
        #expect(ring.free == 0)
        _ = ring.claim(upTo: 40)
        ring.settle(40)
        block.withUnsafeMutableBufferPointer { ring.read(into: $0.baseAddress!, count: 40) }
        let more = [Float](repeating: -1, count: 128)
        let second = ring.write(more, count: 64)
        ring.move(to: 24)
        let claimed = ring.claim(upTo: 16)
        #expect((second, claimed) == (40, 16))
        ring.settle(16)
        block.withUnsafeMutableBufferPointer { ring.read(into: $0.baseAddress!, count: 16) }
        #expect(block[0] == 24 && block[30] == 39)
    }
}

/// A small generator with a seed, so that a failure repeats.
struct Random {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
