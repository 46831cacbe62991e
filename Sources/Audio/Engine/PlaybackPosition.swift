/// Which sample is heard now.
package struct PlaybackPosition: Sendable, Equatable {
    package var request: UInt64
    /// Milliseconds from the start of the sound of the file; never beyond its duration.
    package var positionMs: Int
    /// Whether sound is advancing: false while paused, waiting for data, or without a device.
    package var isRunning: Bool
}
