import Synchronization

/// A lock-free ring of stereo Float32 frames between the decoder thread (producer) and the output thread (consumer).
/// Frames are named by indices that only grow.
///
/// Two things go beyond a plain ring. Behind the consumer `history` frames stay readable, so that it can go back to what
/// was handed to a device that then died. And the producer may take back frames that the consumer has not claimed
/// (`retract`), so that a prepared successor can be replaced until the moment it is played.
///
/// `@unchecked Sendable`: the storage is written by the producer only in the free part and read by the consumer only in
/// the published part; the atomics order the two.
struct FrameRing: ~Copyable, @unchecked Sendable {
    static let channels = 2

    let capacity: Int
    let history: Int
    private let mask: Int
    private let storage: UnsafeMutablePointer<Float>
    /// Producer writes: frames before it are published.
    private let published = Atomic<UInt64>(0)
    /// Consumer writes: the next frame to be read.
    private let consumed = Atomic<UInt64>(0)
    /// Consumer writes: twice the index up to which it may be reading, plus 1 while it is still making up its mind.
    private let claimed = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - capacity: frames; a power of two.
    ///   - history: frames kept behind the consumer.
    init(capacity: Int, history: Int) {
        precondition(capacity & (capacity - 1) == 0 && history < capacity)
        self.capacity = capacity
        self.history = history
        mask = capacity - 1
        // Untouched pages cost nothing, so the ring is as small in memory as what was ever in it.
        storage = .allocate(capacity: capacity * Self.channels)
    }

    deinit {
        storage.deallocate()
    }

    // MARK: Producer

    /// The index the next written frame will have.
    var writeIndex: UInt64 { published.load(ordering: .sequentiallyConsistent) }

    /// Published frames that were not yet consumed.
    var fill: Int {
        // A consumer that goes back may be seen before or after; both are true at some moment.
        let end = published.load(ordering: .acquiring)
        let start = consumed.load(ordering: .acquiring)
        return end > start ? Int(end - start) : 0
    }

    /// Frames that can be written now.
    var free: Int { max(0, capacity - history - fill) }

    /// The decoder fills up to this many frames: about 4 s, or what the reserve for a new request leaves.
    func highWater(rate: Int) -> Int { min(4 * rate, capacity - history - OutputLink.reserve) }

    /// The decoder is woken below this many frames: it works in big batches and sleeps long.
    func lowWater(rate: Int) -> Int { highWater(rate: rate) / 2 }

    /// Copies up to `count` interleaved frames in and publishes them; returns how many fitted.
    func write(_ source: UnsafePointer<Float>, count: Int) -> Int {
        let count = min(count, free)
        guard count > 0 else { return 0 }
        let index = published.load(ordering: .relaxed)
        let offset = Int(truncatingIfNeeded: index) & mask
        let first = min(count, capacity - offset)
        (storage + offset * Self.channels).update(from: source, count: first * Self.channels)
        storage.update(from: source + first * Self.channels, count: (count - first) * Self.channels)
        published.store(index + UInt64(count), ordering: .sequentiallyConsistent)
        return count
    }

    /// Takes back all frames from `index` on. False if the consumer has claimed one of them: then nothing changes.
    func retract(to index: UInt64) -> Bool {
        let end = published.load(ordering: .relaxed)
        guard index < end else { return true }
        published.store(index, ordering: .sequentiallyConsistent)
        // Either the consumer's next look at `published` sees the new value, or its claim is seen here. It decides
        // within nanoseconds, so a short spin is all the waiting there is.
        var claim = claimed.load(ordering: .sequentiallyConsistent)
        while claim & 1 == 1 {
            claim = claimed.load(ordering: .sequentiallyConsistent)
        }
        if claim >> 1 <= index { return true }
        published.store(end, ordering: .sequentiallyConsistent)
        return false
    }

    // MARK: Consumer

    /// The index of the next frame to be read.
    var readIndex: UInt64 { consumed.load(ordering: .acquiring) }

    /// Starts a claim of up to `limit` frames from `readIndex` on and returns how many there are. `settle` must follow.
    func claim(upTo limit: Int) -> Int {
        let start = consumed.load(ordering: .relaxed)
        claimed.store((start + UInt64(max(0, limit))) << 1 | 1, ordering: .sequentiallyConsistent)
        let end = published.load(ordering: .sequentiallyConsistent)
        return end > start ? min(limit, Int(end - start)) : 0
    }

    /// Fixes the claim at `count` frames, which must not exceed what `claim` returned.
    func settle(_ count: Int) {
        claimed.store((consumed.load(ordering: .relaxed) + UInt64(count)) << 1, ordering: .sequentiallyConsistent)
    }

    /// Copies claimed frames out, from `readIndex` on, and consumes them.
    func read(into target: UnsafeMutablePointer<Float>, count: Int) {
        let index = consumed.load(ordering: .relaxed)
        let offset = Int(truncatingIfNeeded: index) & mask
        let first = min(count, capacity - offset)
        target.update(from: storage + offset * Self.channels, count: first * Self.channels)
        (target + first * Self.channels).update(from: storage, count: (count - first) * Self.channels)
        consumed.store(index + UInt64(count), ordering: .sequentiallyConsistent)
    }

    /// Goes on, or back by at most `history`, to `index` without reading.
    func move(to index: UInt64) {
        claimed.store(index << 1, ordering: .sequentiallyConsistent)
        consumed.store(index, ordering: .sequentiallyConsistent)
    }
}
