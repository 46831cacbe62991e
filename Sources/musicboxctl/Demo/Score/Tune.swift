/// A tune in the public domain, arranged by us for a comb of steel teeth.
struct Tune: Sendable {
    var title: String
    var composer: String
    /// Units (the note length of the voices) per minute.
    var unitsPerMinute: Double
    /// Units per bar; the tests count them.
    var barLength: Double
    var sharps = 0
    /// Semitones up.
    var transposition: Int
    var melody: String
    var accompaniment: String
}
