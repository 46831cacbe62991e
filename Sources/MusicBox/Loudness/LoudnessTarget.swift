import Glibc
package import MusicLibrary

/// How loud every track is to be heard at full volume.
package struct LoudnessTarget: Sendable, Equatable {
    /// In LUFS.
    package var level: Double
    package var scope: Scope

    /// What is brought to the level as one.
    package enum Scope: String, Sendable {
        /// Each file by itself.
        case track
        /// The tracks of an album in a playlist together: quiet pieces of it stay quiet.
        case album
    }

    package init(level: Double, scope: Scope = .track) {
        self.level = level
        self.scope = scope
    }

    /// Less than this is not heard and would only cost the samples their exactness, in dB.
    static let leastGain = 0.1

    /// The gain in dB for a track among those of its playlist.
    package func gain(for track: Track, among tracks: [Track]) -> Double {
        guard scope == .album, let album = track.album else { return gain(for: track.loudness) }
        return gain(for: Self.together(tracks.filter { $0.album == album && $0.url == nil }))
    }

    /// Loudness of several files as if one followed the other: the mean of their energy, by how long each lasts. What is
    /// not known of them yet does not count.
    static func together(_ tracks: [Track]) -> Loudness? {
        var (energy, duration) = (0.0, 0.0)
        var peaks: [Double?] = []
        for track in tracks {
            guard let loudness = track.loudness else { continue }
            let length = Double(max(1, track.durationMs ?? 1))
            energy += length * pow(10, loudness.integrated / 10)
            duration += length
            peaks.append(loudness.truePeak)
        }
        guard energy > 0 else { return nil }
        let peak = peaks.contains(nil) ? nil : peaks.compactMap { $0 }.max()
        return Loudness(integrated: 10 * log10(energy / duration), truePeak: peak)
    }

    /// The gain in dB for a file: to the level, but never so far that its highest peak would clip. A file of which nothing
    /// is known stays as it is; one whose peak is not known is not made louder.
    package func gain(for loudness: Loudness?) -> Double {
        guard let loudness else { return 0 }
        let gain = min(level - loudness.integrated, -(loudness.truePeak ?? 0))
        return abs(gain) < Self.leastGain ? 0 : gain
    }
}
