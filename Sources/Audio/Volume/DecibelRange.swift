/// What a hardware control can do, in hundredths of a decibel as ALSA counts them.
struct DecibelRange: Equatable {
    var lowest: Int
    var highest: Int

    /// The setting that stands for full volume: 0 dB where the control goes beyond, for an amplifier behind full scale
    /// only distorts.
    var top: Int { lowest < 0 ? min(highest, 0) : highest }

    /// Hundredths of a decibel that a volume can be taken down in hardware.
    var depth: Int { top - max(lowest, Self.silence) }

    /// ALSA's way of saying "mute" as a level.
    static let silence = -99_999

    /// The setting for a linear gain of 0...1.
    func setting(forGain gain: Float) -> Int {
        guard gain > 0 else { return lowest }
        let wanted = top + Int((2000 * Double(gain).logarithm).rounded(.up))
        return min(max(wanted, lowest), top)
    }

    /// The linear gain that the samples still need for `gain` to be heard when the control stands at `setting`; never
    /// more than 1.
    func rest(ofGain gain: Float, at setting: Int) -> Float {
        guard setting != top else { return gain }
        let hardware = Double.powerOfTen(Double(setting - top) / 2000)
        // A control that mutes at its lowest step: whatever comes out, it is too quiet to matter.
        guard hardware > 1e-6 else { return gain }
        return Float(min(1, Double(gain) / hardware))
    }
}
