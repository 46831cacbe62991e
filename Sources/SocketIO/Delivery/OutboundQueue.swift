import NIOCore

/// What waits for one client that is behind. Bounded; volatile messages with a key keep only their newest.
struct OutboundQueue {
    enum Outcome: Equatable {
        case queued
        /// A volatile message that found no room, or has no key to wait under.
        case dropped
        /// A reliable message found no room: the client is to be closed.
        case overflow
    }

    private let limitBytes: Int
    private let limitMessages: Int
    /// nil where a message was replaced by a newer one further back.
    private var slots = CircularBuffer<OutboundMessage?>()
    /// How many slots have ever been removed at the front: turns the positions in `newest` into indices.
    private var removed = 0
    private var newest: [String: Int] = [:]
    /// Messages that wait.
    private(set) var count = 0
    /// Their size, bytes.
    private(set) var bytes = 0

    init(limitBytes: Int, limitMessages: Int) {
        self.limitBytes = limitBytes
        self.limitMessages = limitMessages
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ message: OutboundMessage) -> Outcome {
        if case .volatile = message.policy { return .dropped }
        if case .latest(let key) = message.policy, let position = newest.removeValue(forKey: key) {
            replaceWithNothing(at: position)
        }
        guard count < limitMessages, bytes + message.frames.readableBytes <= limitBytes else {
            return message.policy == .reliable ? .overflow : .dropped
        }
        if case .latest(let key) = message.policy { newest[key] = removed + slots.count }
        slots.append(message)
        count += 1
        bytes += message.frames.readableBytes
        return .queued
    }

    mutating func popFirst() -> OutboundMessage? {
        while let slot = slots.popFirst() {
            removed += 1
            guard let message = slot else { continue }
            if case .latest(let key) = message.policy { newest[key] = nil }
            count -= 1
            bytes -= message.frames.readableBytes
            return message
        }
        return nil
    }

    mutating func removeAll() {
        self = OutboundQueue(limitBytes: limitBytes, limitMessages: limitMessages)
    }

    private mutating func replaceWithNothing(at position: Int) {
        let index = slots.index(slots.startIndex, offsetBy: position - removed)
        if let old = slots[index] {
            count -= 1
            bytes -= old.frames.readableBytes
        }
        slots[index] = nil
        if slots.count > 2 * count + 16 { compact() }
    }

    /// A client that is stuck for an hour is sent thousands of positions; the holes they leave must not pile up.
    private mutating func compact() {
        slots = CircularBuffer(slots.filter { $0 != nil })
        removed = 0
        newest.removeAll(keepingCapacity: true)
        for (position, slot) in slots.enumerated() {
            if case .latest(let key) = slot?.policy { newest[key] = position }
        }
    }
}
