/// How loud a file is.
package struct Loudness: Sendable, Equatable {
    /// Integrated loudness in LUFS (EBU R128).
    package var integrated: Double
    /// The highest true peak in dBTP; nil where it is not known yet.
    package var truePeak: Double?

    package init(integrated: Double, truePeak: Double?) {
        self.integrated = integrated
        self.truePeak = truePeak
    }
}
