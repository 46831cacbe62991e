/// How loud the sound of a file is, as this player decodes it: stereo, all of it.
package struct Loudness: Sendable, Equatable {
    /// Integrated loudness in LUFS (EBU R128, ITU-R BS.1770); nil for silence.
    package var integrated: Double?
    /// The highest true peak in dB above full scale (dBTP); nil where only a tag told of the file, for then it is not
    /// known.
    package var truePeak: Double?

    package init(integrated: Double?, truePeak: Double?) {
        self.integrated = integrated
        self.truePeak = truePeak
    }
}
