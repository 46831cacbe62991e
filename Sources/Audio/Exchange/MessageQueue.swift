import Synchronization

/// A bounded lock-free queue of plain values from one thread to one other.
///
/// `@unchecked Sendable`: slots between the two indices belong to the consumer, the others to the producer; the indices
/// order their accesses.
struct MessageQueue<Message: BitwiseCopyable & Sendable>: ~Copyable, @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Message>
    private let mask: UInt64
    private let pushed = Atomic<UInt64>(0)
    private let popped = Atomic<UInt64>(0)

    /// - Parameter capacity: a power of two.
    init(capacity: Int) {
        precondition(capacity & (capacity - 1) == 0)
        slots = .allocate(capacity: capacity)
        mask = UInt64(capacity - 1)
    }

    deinit {
        slots.deallocate()
    }

    /// Free places, as the producer sees them: there may be more.
    var free: Int {
        Int(mask + 1 - (pushed.load(ordering: .relaxed) - popped.load(ordering: .acquiring)))
    }

    /// Messages pushed so far.
    var pushCount: UInt64 { pushed.load(ordering: .sequentiallyConsistent) }

    /// False when the queue is full; nothing is stored then.
    func push(_ message: Message) -> Bool {
        let index = pushed.load(ordering: .relaxed)
        guard index - popped.load(ordering: .acquiring) <= mask else { return false }
        (slots + Int(index & mask)).initialize(to: message)
        pushed.store(index + 1, ordering: .sequentiallyConsistent)
        return true
    }

    /// The oldest message, which stays.
    func peek() -> Message? {
        let index = popped.load(ordering: .relaxed)
        guard index != pushed.load(ordering: .acquiring) else { return nil }
        return slots[Int(index & mask)]
    }

    func pop() -> Message? {
        guard let message = peek() else { return nil }
        popped.store(popped.load(ordering: .relaxed) + 1, ordering: .releasing)
        return message
    }

    var isEmpty: Bool { popped.load(ordering: .relaxed) == pushed.load(ordering: .acquiring) }
}
