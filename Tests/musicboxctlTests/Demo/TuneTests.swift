import Testing

@testable import musicboxctl

@Suite struct TuneTests {
    @Test(arguments: DemoAlbum.all.flatMap(\.tracks).map(\.tune)) func everyBarIsFull(_ tune: Tune) {
        let melody = ABCVoice(tune.melody, sharps: tune.sharps)
        let accompaniment = ABCVoice(tune.accompaniment, sharps: tune.sharps)
        for voice in [melody, accompaniment] {
            #expect(voice.mistakes == [])
            #expect(voice.bars.allSatisfy { $0 == tune.barLength }, "\(voice.bars)")
        }
        #expect(melody.length == accompaniment.length)
    }

    @Test(arguments: DemoAlbum.all.flatMap(\.tracks).map(\.tune)) func everyTuneIsShortAndFitsTheComb(_ tune: Tune) {
        let performance = Performance(tune, seed: 1)
        #expect(performance.notes.first?.start == 0)
        #expect((18...50).contains(performance.length))
        #expect(performance.notes.allSatisfy { (55...103).contains($0.pitch) && (0.1...1).contains($0.force) })
        #expect(zip(performance.notes, performance.notes.dropFirst()).allSatisfy { $0.start <= $1.start })
    }

    @Test func theCatalogueHasNoTagTwiceAndEveryFormat() {
        let albums = DemoAlbum.all
        #expect(Set(albums.map(\.tag)).count == albums.count)
        #expect(albums.allSatisfy { $0.tag.count == 14 && $0.tag.hasPrefix("04de30") })
        #expect(Set(albums.flatMap(\.tracks).map(\.format.rawValue)) == ["mp3", "flac", "m4a", "ogg", "opus"])
    }

    @Test(arguments: [
        ("C", 0, [[60]], [0.0], 1), ("c'", 0, [[84]], [0], 1), ("B,,", 0, [[47]], [0], 1),
        ("^F F | F", 0, [[66], [66], [65]], [0, 1, 2], 3), ("F c =c", 2, [[66], [73], [72]], [0, 1, 2], 3),
        ("_e2 z3/2 e/", 0, [[75], [75]], [0, 3.5], 4), ("[CEG]2c/4", 0, [[60, 64, 67], [72]], [0, 2], 2.25),
    ])
    func notation(text: String, sharps: Int, pitches: [[Int]], starts: [Double], length: Double) {
        let voice = ABCVoice(text, sharps: sharps)
        #expect(voice.events.map(\.pitches) == pitches)
        #expect(voice.events.map(\.start) == starts)
        #expect(voice.length == length)
    }

    @Test(arguments: ["H", "c x d", "[CE", "^"]) func whatIsNoMusicIsNamed(_ text: String) {
        #expect(!ABCVoice(text).mistakes.isEmpty)
    }
}
