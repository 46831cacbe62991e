/// Says what begins, or ends, at an index of the ring. Goes from the decoder to the output before the frames it is about.
struct Marker: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// A loaded request begins.
        case load
        /// The request that was heard goes on from another place.
        case seek
        /// The request goes on from where it was heard, decoded anew for another rate.
        case retune
        /// A prepared request follows the one before without a gap.
        case join
        /// The request before has no more frames.
        case end
        /// Nothing is loaded from here on. Made by the output itself when a discard leaves nothing behind.
        case none
    }

    var kind: Kind
    /// Counts the discards; a marker of another epoch than the current one is void.
    var epoch: UInt16
    /// Counts markers, so that those of a successor that was taken back can be named.
    var serial: UInt32
    var request: UInt64
    /// Ring index of the first frame concerned.
    var index: UInt64
    /// Place in the file of that frame, in frames at `rate`.
    var position: Int64
    /// Duration of the file in frames at `rate`; -1 when it is not known.
    var duration: Int64
    /// Rate of the frames in Hz.
    var rate: Int32
    /// How many frames of the file pass with each frame here.
    var speed: Float = 1
    /// Position 0 lies in the middle of a file.
    var isPart = false
    /// Linear factor for the frames that follow.
    var gain: Float = 1

    /// Whether the sound begins with the file's first sample: such a start needs no ramp.
    var isNaturalStart: Bool { (kind == .load || kind == .join) && position == 0 && !isPart }

    /// Whether `epoch` is older than `other`, across the wrap of the counter.
    static func isEpoch(_ epoch: UInt16, before other: UInt16) -> Bool {
        Int16(bitPattern: epoch &- other) < 0
    }

    /// The position in microseconds of a frame that lies `frames` after the marker; clamped to the duration.
    func microseconds(after frames: Int64) -> Int64 {
        var position = max(0, position + (speed == 1 ? frames : Int64((Double(frames) * Double(speed)).rounded())))
        if duration >= 0 { position = min(position, duration) }
        return position * 1_000_000 / Int64(max(rate, 1))
    }
}
