import Synchronization

/// Where the output thread writes what is heard and anyone reads it: a sequence lock of atomics. The writer never waits.
///
/// Between two notes (one per period) a reader counts on with the clock, at most to the last frame handed to the device.
struct PositionBoard: ~Copyable, Sendable {
    struct Note: Equatable {
        var request: UInt64 = 0
        /// What is heard at `nanoseconds`.
        var microseconds: Int64 = 0
        /// How far it can get without new frames.
        var limitMicroseconds: Int64 = 0
        /// CLOCK_MONOTONIC.
        var nanoseconds: UInt64 = 0
        /// Of the position against the clock.
        var speed: Float = 1
        var isLoaded = false
        var isRunning = false
        /// Increases whenever the position jumps; within one life it only grows.
        var life: UInt32 = 0
    }

    private let sequence = Atomic<UInt64>(0)
    private let request = Atomic<UInt64>(0)
    private let microseconds = Atomic<Int64>(0)
    private let limit = Atomic<Int64>(0)
    private let nanoseconds = Atomic<UInt64>(0)
    private let speed = Atomic<UInt32>(Float(1).bitPattern)
    private let flags = Atomic<UInt64>(0)
    /// The life (upper 24 bits) and the milliseconds (lower 40) last told to anyone: readers agree that time does not
    /// run backwards, even when a later note corrects the clock by a fraction.
    private let told = Atomic<UInt64>(0)

    /// Output thread only.
    func post(_ note: Note) {
        let current = sequence.load(ordering: .relaxed)
        sequence.store(current &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        request.store(note.request, ordering: .relaxed)
        microseconds.store(note.microseconds, ordering: .relaxed)
        limit.store(note.limitMicroseconds, ordering: .relaxed)
        nanoseconds.store(note.nanoseconds, ordering: .relaxed)
        speed.store(note.speed.bitPattern, ordering: .relaxed)
        flags.store(
            UInt64(note.life) << 2 | (note.isRunning ? 2 : 0) | (note.isLoaded ? 1 : 0),
            ordering: .relaxed
        )
        sequence.store(current &+ 2, ordering: .releasing)
    }

    func note() -> Note {
        while true {
            let before = sequence.load(ordering: .acquiring)
            let flags = flags.load(ordering: .relaxed)
            let note = Note(
                request: request.load(ordering: .relaxed),
                microseconds: microseconds.load(ordering: .relaxed),
                limitMicroseconds: limit.load(ordering: .relaxed),
                nanoseconds: nanoseconds.load(ordering: .relaxed),
                speed: Float(bitPattern: speed.load(ordering: .relaxed)),
                isLoaded: flags & 1 == 1,
                isRunning: flags & 2 == 2,
                life: UInt32(truncatingIfNeeded: flags >> 2)
            )
            atomicMemoryFence(ordering: .acquiring)
            if before & 1 == 0, sequence.load(ordering: .relaxed) == before { return note }
        }
    }

    /// What is heard at `now` (CLOCK_MONOTONIC), or nil when nothing is loaded.
    func position(at now: UInt64) -> PlaybackPosition? {
        let note = note()
        guard note.isLoaded else { return nil }
        var microseconds = note.microseconds
        if note.isRunning, now > note.nanoseconds {
            microseconds += Int64(Double((now - note.nanoseconds) / 1000) * Double(note.speed))
            microseconds = max(note.microseconds, min(microseconds, note.limitMicroseconds))
        }
        let life = UInt64(note.life & 0xff_ffff)
        let mine = life << 40 | UInt64(max(0, microseconds / 1000))
        let (_, previous) = told.max(mine, life: life)
        return PlaybackPosition(
            request: note.request,
            positionMs: Int(max(mine, previous) & 0xff_ffff_ffff),
            isRunning: note.isRunning
        )
    }
}

extension Atomic where Value == UInt64 {
    /// Raises the value to `mine` unless it is of the same life and already higher. Returns the value of that life that
    /// stood before, or 0.
    fileprivate borrowing func max(_ mine: UInt64, life: UInt64) -> (stored: Bool, previous: UInt64) {
        var current = load(ordering: .relaxed)
        while true {
            if current >> 40 == life, current >= mine { return (false, current) }
            let (done, seen) = compareExchange(
                expected: current,
                desired: mine,
                successOrdering: .relaxed,
                failureOrdering: .relaxed
            )
            if done { return (true, 0) }
            current = seen
        }
    }
}
