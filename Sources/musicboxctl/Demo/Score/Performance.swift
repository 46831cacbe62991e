import Glibc

/// How a clockwork plays a tune: a little unevenly, and slower where the spring runs down.
struct Performance: Sendable {
    private(set) var notes: [Note] = []
    /// Seconds until the last note is plucked.
    private(set) var length = 0.0

    /// The lowest tooth of the comb; what is written below it is played an octave higher.
    private static let lowestTooth = 55
    private static let melodyForce: Float = 0.85
    private static let accompanimentForce: Float = 0.36

    init(_ tune: Tune, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let melody = ABCVoice(tune.melody, sharps: tune.sharps)
        let accompaniment = ABCVoice(tune.accompaniment, sharps: tune.sharps)
        let end = max(melody.length, accompaniment.length)
        let beat = 60 / tune.unitsPerMinute
        for (voice, force) in [(melody, Self.melodyForce), (accompaniment, Self.accompanimentForce)] {
            for event in voice.events {
                for (index, written) in event.pitches.enumerated() {
                    var pitch = written + tune.transposition
                    while pitch < Self.lowestTooth { pitch += 12 }
                    let unevenness = random.next(-0.006...0.006) + Double(index) * 0.012
                    let start = Self.time(event.start, of: end, beat: beat, slowing: tune.barLength * 2) + unevenness
                    // Where a bar begins, the ear wants a little more.
                    let accent = event.start.remainder(dividingBy: tune.barLength) == 0 ? 1.1 : 1.0
                    let touch = Float(accent * random.next(0.92...1.05))
                    notes.append(Note(start: max(0, start), pitch: pitch, force: min(1, force * touch)))
                }
            }
        }
        notes.sort { ($0.start, $0.pitch) < ($1.start, $1.pitch) }
        // A tune that begins with an upbeat has rests before it.
        let first = notes.first?.start ?? 0
        for index in notes.indices { notes[index].start -= first }
        length = notes.last?.start ?? 0
    }

    /// Seconds at a place in the score. The last `slowing` units take up to a third longer each.
    private static func time(_ place: Double, of end: Double, beat: Double, slowing: Double) -> Double {
        let late = max(0, place - (end - slowing))
        return beat * (place + late * late / slowing * 0.16)
    }
}
