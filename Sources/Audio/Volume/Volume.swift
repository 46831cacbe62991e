/// The volume curve.
enum Volume {
    /// Linear gain of a volume of 0...100: cubic, as PulseAudio and alsamixer have it, which comes close to how loudness
    /// is felt. 100 is 0 dB, 50 is -18 dB, 10 is -60 dB, 0 is silence.
    static func gain(percent: Int, muted: Bool) -> Float {
        guard !muted else { return 0 }
        let share = Float(min(max(percent, 0), 100)) / 100
        return share * share * share
    }
}
