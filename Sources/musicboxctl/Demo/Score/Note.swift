/// One tooth of the comb, plucked once.
struct Note: Equatable, Sendable {
    /// Seconds from the beginning.
    var start: Double
    /// Semitones, 69 is the A of 440 Hz.
    var pitch: Int
    /// How hard it is plucked, 0...1.
    var force: Float
}
