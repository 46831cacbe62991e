/// Counters and gauges for diagnostics; cheap to read at any time.
package struct AudioStatistics: Sendable, Equatable {
    /// Times the device ran dry because the output thread came too late.
    package var xruns: Int
    /// Times the output thread found no decoded sound in the middle of a track.
    package var underfeeds: Int
    /// Damaged packets that were skipped.
    package var decodeErrors: Int
    /// Decoded sound that waits in the ring.
    package var bufferFillMs: Int
    /// Sound that the device has taken and not yet played.
    package var deviceDelayMs: Int
    /// Rate of the files when they must be resampled to the device's rate; nil when they pass unchanged.
    package var resampledFromRate: Int?
    /// Whether the output thread runs under SCHED_FIFO.
    package var isRealtime: Bool
    package var output: OutputState
    package var mixer: MixerState
}
