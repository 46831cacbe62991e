import NFCTag

/// Looks for tags again and again, and writes what comes and goes.
///
/// The heartbeat is written here and nowhere else: a libnfc call that hangs stops it, and the daemon notices.
struct PollLoop: ~Copyable {
    private static let heartbeatNanoseconds: UInt64 = 1_000_000_000
    /// So many failed polls in a row mean that the device is lost; fewer are a disturbance on the line.
    private static let failureLimit = 3
    /// The pause after a failed poll. libnfc gives up at the first garbled byte, and the rest of the chip's answer must
    /// have arrived by the next command, which throws it away; else each answer would be taken for the next one's.
    private static let settleNanoseconds: UInt64 = 50_000_000
    /// The poll, counted from the last sight of the placed tag, after which the field is cycled.
    private static let cycleAfterMisses = 2

    private let device: NFCDevice
    private let stop: StopWatcher
    private let interval: UInt64
    private var presence: Presence
    private var failures = 0
    private var lastBeat: UInt64

    init(device: consuming NFCDevice, options: Options, stop: StopWatcher) {
        self.stop = stop
        interval = device.mustNotPause ? 0 : UInt64(options.pollMilliseconds) * 1_000_000
        self.device = device
        presence = Presence(
            configuration: .init(removalNanoseconds: UInt64(options.removalMilliseconds) * 1_000_000)
        )
        lastBeat = MonotonicTime.nanoseconds()
    }

    /// Returns when a stop was requested or nobody reads the lines any more.
    mutating func run() throws(ReaderFailure) {
        guard LineOutput.write(.ready(name: device.name)) else { return }
        while !stop.isRequested {
            let start = MonotonicTime.nanoseconds()
            for event in try poll() {
                guard LineOutput.write(Self.line(for: event)) else { return }
            }
            let now = MonotonicTime.nanoseconds()
            if now - lastBeat >= Self.heartbeatNanoseconds {
                guard LineOutput.write(.alive) else { return }
                lastBeat = now
            }
            let settled = failures == 0 ? now : now + Self.settleNanoseconds
            stop.pause(until: max(start + interval, settled), now: now)
        }
    }

    private mutating func poll() throws(ReaderFailure) -> [TagEvent] {
        // With two tags in the field the chip picks one by its bits. Asking for the placed one first keeps it.
        var answer = device.poll(for: presence.placed)
        if case .nothing = answer, presence.placed != nil { answer = device.poll(for: nil) }
        let now = MonotonicTime.nanoseconds()
        switch answer {
        case .tag(let tag):
            failures = 0
            return presence.seen(tag, at: now)
        case .nothing:
            failures = 0
            let events = presence.missed(at: now)
            // A tag that was left in a state in which it does not answer (halted, or confused by a weak field) comes
            // back with the field. Once per absence, and long before it would count as removed.
            if presence.misses == Self.cycleAfterMisses, device.cycleField() < 0 { try failed(at: now) }
            return events
        case .failure:
            try failed(at: now)
            return []
        }
    }

    private mutating func failed(at now: UInt64) throws(ReaderFailure) {
        failures += 1
        presence.unknown(at: now)
        // The stop may have aborted the very call that failed.
        guard failures >= Self.failureLimit, !stop.isRequested else { return }
        throw .lost("\(device.name) does not answer any more: \(device.lastError)")
    }

    private static func line(for event: TagEvent) -> ReaderLine {
        switch event {
        case .placed(let tag, let seenAt): .placed(tag, seenAtNanoseconds: seenAt)
        case .removed(let tag): .removed(tag)
        }
    }
}
