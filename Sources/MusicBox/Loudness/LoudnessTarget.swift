package import MusicLibrary

/// How loud every track is to be heard at full volume.
package struct LoudnessTarget: Sendable, Equatable {
    /// In LUFS.
    package var level: Double

    package init(level: Double) { self.level = level }

    /// Less than this is not heard and would only cost the samples their exactness, in dB.
    static let leastGain = 0.1

    /// The gain in dB for a file: to the level, but never so far that its highest peak would clip. A file of which nothing
    /// is known stays as it is; one whose peak is not known is not made louder.
    package func gain(for loudness: Loudness?) -> Double {
        guard let loudness else { return 0 }
        let gain = min(level - loudness.integrated, -(loudness.truePeak ?? 0))
        return abs(gain) < Self.leastGain ? 0 : gain
    }
}
