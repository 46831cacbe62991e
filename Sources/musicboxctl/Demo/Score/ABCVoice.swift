/// One voice in the part of ABC notation that our tunes need (https://abcnotation.com/wiki/abc:standard:v2.1): notes
/// with octave marks, accidentals that hold to the end of the bar, lengths, chords, rests, bars.
struct ABCVoice: Sendable {
    /// A time in units of the voice's note length, and what sounds then.
    struct Event: Equatable, Sendable {
        var start: Double
        var pitches: [Int]
    }

    private(set) var events: [Event] = []
    /// In units.
    private(set) var length = 0.0
    /// What could not be read, with its place; a tune with any of these is a mistake in our tables.
    private(set) var mistakes: [String] = []
    /// The length of each bar in units, for the tests.
    private(set) var bars: [Double] = []

    private static let letters: [Character: Int] = ["C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11]
    private static let sharpOrder: [Character] = ["F", "C", "G", "D", "A", "E", "B"]

    /// - Parameters:
    ///   - text: the voice.
    ///   - sharps: how many sharps the key has.
    init(_ text: String, sharps: Int = 0) {
        let key = Set(Self.sharpOrder.prefix(sharps))
        var accidentals: [Int: Int] = [:]
        var barStart = 0.0
        var rest = Substring(text)
        while let character = rest.first {
            switch character {
            case " ", "\n":
                rest.removeFirst()
            case "|":
                rest.removeFirst()
                bars.append(length - barStart)
                barStart = length
                accidentals = [:]
            case "z":
                rest.removeFirst()
                length += Self.duration(&rest)
            case "[":
                rest.removeFirst()
                var pitches: [Int] = []
                while let next = rest.first, next != "]", let pitch = Self.pitch(&rest, key, &accidentals) {
                    pitches.append(pitch)
                }
                if rest.first == "]" { rest.removeFirst() } else { mistakes.append("chord at \(rest.prefix(8))") }
                events.append(Event(start: length, pitches: pitches))
                length += Self.duration(&rest)
            default:
                guard let pitch = Self.pitch(&rest, key, &accidentals) else {
                    mistakes.append("\"\(rest.prefix(8))\"")
                    rest.removeFirst()
                    continue
                }
                events.append(Event(start: length, pitches: [pitch]))
                length += Self.duration(&rest)
            }
        }
    }

    /// `^F,` `c''` `_B`
    private static func pitch(_ rest: inout Substring, _ key: Set<Character>, _ accidentals: inout [Int: Int]) -> Int? {
        var text = rest
        var accidental: Int?
        if let mark = text.first, let shift = ["^": 1, "_": -1, "=": 0][mark] {
            accidental = shift
            text.removeFirst()
        }
        guard let letter = text.popFirst(), let upper = letter.uppercased().first, let step = letters[upper] else {
            return nil
        }
        var natural = 60 + step + (letter.isLowercase ? 12 : 0)
        while let mark = text.first, mark == "'" || mark == "," {
            natural += mark == "'" ? 12 : -12
            text.removeFirst()
        }
        if let accidental { accidentals[natural] = accidental }
        rest = text
        return natural + (accidentals[natural] ?? (key.contains(upper) ? 1 : 0))
    }

    /// `2` `/` `/2` `3/2`
    private static func duration(_ rest: inout Substring) -> Double {
        var (numerator, denominator) = (1.0, 1.0)
        if let number = number(&rest) { numerator = number }
        if rest.first == "/" {
            rest.removeFirst()
            denominator = number(&rest) ?? 2
        }
        return numerator / denominator
    }

    private static func number(_ rest: inout Substring) -> Double? {
        let digits = rest.prefix(while: \.isNumber)
        rest.removeFirst(digits.count)
        return Double(digits)
    }
}
