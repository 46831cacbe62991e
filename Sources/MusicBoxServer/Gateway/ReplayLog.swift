import NIOCore

/// The newest changes of state as they were told, for clients that come back. Pure.
///
/// It holds at least the last thousand, as long as they have no more than `limitBytes`: more than that is not worth
/// sending again, for snapshots are smaller. It begins anew with each start of the box.
struct ReplayLog {
    static let limitEvents = 2_000
    static let limitBytes = 4 << 20

    /// The numbers in `lower..<upper` of one room: above what the client saw, up to where it hears for itself.
    enum Gap: Equatable {
        case serverSeq(above: Int, upTo: Int)
        /// By the numbers of one playlist; `upTo` is still a `server_seq`.
        case playlistSeq(above: Int, upTo: Int)
    }

    private var events = CircularBuffer<WireEvent>()
    private var bytes = 0
    /// Every event above this number is here.
    private(set) var floor: Int
    private let limitEvents: Int
    private let limitBytes: Int

    init(floor: Int, limitEvents: Int = Self.limitEvents, limitBytes: Int = Self.limitBytes) {
        self.floor = floor
        self.limitEvents = limitEvents
        self.limitBytes = limitBytes
    }

    mutating func append(_ event: WireEvent) {
        guard event.replaySeq != nil else { return }
        events.append(event)
        bytes += event.json.readableBytes
        while events.count > limitEvents || bytes > limitBytes, let oldest = events.first {
            floor = oldest.replaySeq ?? floor
            bytes -= oldest.json.readableBytes
            events.removeFirst()
        }
    }

    /// Events were lost: nobody can be sent what came before `floor`.
    mutating func clear(floor: Int) {
        events.removeAll()
        bytes = 0
        self.floor = floor
    }

    /// Whether the log reaches back to what a client of `room` saw last.
    ///
    /// - Parameter playlistSeq: the playlist's number now; nil for one that is gone.
    func reaches(_ gap: Gap, in room: String, current serverSeq: Int, playlistSeq: Int?) -> Bool {
        switch gap {
        case .serverSeq(let seen, _): return (floor...max(floor, serverSeq)).contains(seen)
        case .playlistSeq(let seen, _):
            guard let playlistSeq, seen <= playlistSeq else { return false }
            if seen == playlistSeq { return true }
            let oldest = events.first { $0.rooms.contains(room) && $0.playlist?.seq != nil }?.playlist?.seq
            return oldest.map { $0 <= seen + 1 } ?? false
        }
    }

    /// What was told in these rooms inside of their gaps, in order.
    ///
    /// - Parameter isHeard: whether the client hears of an event anyway, by one of its rooms.
    func missed(_ gaps: [String: Gap], isHeard: (WireEvent) -> Bool) -> [WireEvent] {
        guard let lowest = gaps.values.map({ if case .serverSeq(let seen, _) = $0 { seen } else { floor } }).min()
        else { return [] }
        return events.suffix(from: firstIndex(above: lowest)).filter { event in
            let isMissed = event.rooms.contains { room in
                switch (gaps[room], event.replaySeq) {
                case (.serverSeq(let seen, let end), let seq?): seq > seen && seq <= end
                case (.playlistSeq(let seen, let end), let seq?):
                    event.playlist?.seq.map { $0 > seen } ?? true && seq <= end
                default: false
                }
            }
            return isMissed && !isHeard(event)
        }
    }

    private func firstIndex(above number: Int) -> CircularBuffer<WireEvent>.Index {
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            let index = events.index(events.startIndex, offsetBy: middle)
            if (events[index].replaySeq ?? 0) > number { high = middle } else { low = middle + 1 }
        }
        return events.index(events.startIndex, offsetBy: low)
    }
}
