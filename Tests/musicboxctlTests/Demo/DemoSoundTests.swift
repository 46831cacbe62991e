import FoundationEssentials
import Testing

@testable import musicboxctl

@Suite struct DemoSoundTests {
    /// Two notes, so that a test does not take longer than they sound.
    private static let shortest = Tune(
        title: "Cuckoo = \"a;b\"",
        composer: "Nobody",
        unitsPerMinute: 240,
        barLength: 2,
        transposition: 12,
        melody: "eA",
        accompaniment: "z2"
    )

    @Test func aPluckedToothRingsAndDiesAway() {
        var sound = Comb().play(Performance(Self.shortest, seed: 1))
        Room().place(&sound)
        Mastering().finish(&sound)
        #expect(abs(sound.peak - Mastering.peak) < 0.001)
        #expect(sound.left.allSatisfy(\.isFinite) && sound.right.allSatisfy(\.isFinite))
        #expect(sound.left.count == sound.right.count)
        func loudness(_ seconds: ClosedRange<Double>) -> Float {
            let range = Int(seconds.lowerBound * 44_100)..<min(sound.frames, Int(seconds.upperBound * 44_100))
            return sound.left[range].reduce(0) { max($0, abs($1)) }
        }
        #expect(loudness(0...0.1) == 0, "nothing before the first note")
        #expect(loudness(0.12...0.2) > 0.3)
        #expect(loudness(1...1.2) < loudness(0.4...0.6) * 0.8)
        #expect(abs(sound.left.last ?? 1) < 0.0001, "no click at the end")
    }

    @Test func aWaveFileHasItsSizeAtTheTop() {
        var sound = StereoSound(seconds: 0.01)
        sound.left[0] = 2
        let data = [UInt8](WaveFile.data(of: sound))
        #expect(data.count == 44 + 441 * 4)
        #expect(Array(data[0..<4]) == Array("RIFF".utf8) && Array(data[8..<16]) == Array("WAVEfmt ".utf8))
        #expect(data[40...43].reversed().reduce(0) { $0 << 8 | Int($1) } == 441 * 4)
        #expect(data[44] == 0xFF && data[45] == 0x7F, "too loud is clipped, not wrapped")
    }

    @Test(.enabled("needs the ffmpeg program") { (try? await Encoder.requireProgram()) != nil })
    func anAlbumBecomesFiles() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/musicbox-demo-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let album = DemoAlbum(
            title: "Album",
            tag: "04de3000000000",
            cover: { Canvas(background: [Color(0xFF0000), Color(0x0000FF)]) },
            tracks: [(Self.shortest, .mp3), (Self.shortest, .opus)]
        )
        let press = DemoPress(album: album, directory: directory, workshop: directory + "/workshop")
        let playlist = try await press.run { _ in }
        #expect(playlist.title == "Album" && playlist.tag == "04de3000000000")
        #expect(playlist.files.map { $0.dropFirst(directory.count) }.first == "/Album/01 Cuckoo = \"a;b\".mp3")
        for file in playlist.files + [playlist.folder + "/cover.jpg"] {
            #expect((FileManager.default.contents(atPath: file)?.count ?? 0) > 1000, "\(file)")
        }
    }
}
