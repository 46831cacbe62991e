/// What the decoder wants of the output, in one atomic word so that its parts cannot be seen apart: sound or silence,
/// and from which frame of the ring on.
struct TransportWord: Equatable {
    /// Whether sound is wanted.
    var isPlaying: Bool
    /// Increases with each discard.
    var epoch: UInt16
    /// Frames before this index are discarded (faded out, if they sound).
    var start: UInt64

    init(isPlaying: Bool, epoch: UInt16, start: UInt64) {
        self.isPlaying = isPlaying
        self.epoch = epoch
        self.start = start
    }

    /// 47 bits of frames are 23 years at 192 kHz.
    init(bits: UInt64) {
        isPlaying = bits & 1 == 1
        epoch = UInt16(truncatingIfNeeded: bits >> 1)
        start = bits >> 17
    }

    var bits: UInt64 { start << 17 | UInt64(epoch) << 1 | (isPlaying ? 1 : 0) }
}
