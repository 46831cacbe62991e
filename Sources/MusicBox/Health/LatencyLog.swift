/// How long the last taps took from the reader to the sound card, stage by stage. Nanoseconds of CLOCK_MONOTONIC.
package struct LatencyLog: Sendable {
    package struct Tap: Sendable, Equatable {
        package var request: UInt64
        /// The reader process saw the tag.
        package var seen: UInt64
        /// The box took the tap out of its inbox.
        package var accepted: UInt64
        /// The sound engine had its order.
        package var ordered: UInt64
        /// Just before the first sample was handed to the device; 0 until then.
        package var firstWrite: UInt64 = 0
    }

    package static let capacity = 1_000

    /// Oldest first.
    package private(set) var taps: [Tap] = []

    package init() {}

    mutating func add(_ tap: Tap) {
        if taps.count == Self.capacity { taps.removeFirst() }
        taps.append(tap)
    }

    mutating func started(request: UInt64, firstWrite: UInt64) {
        guard let index = taps.lastIndex(where: { $0.request == request && $0.firstWrite == 0 }) else { return }
        taps[index].firstWrite = firstWrite
    }
}
