import MusicLibrary
import Testing

@testable import MusicBox

@Suite struct TrackReferenceTests {
    private let tracks = Playlist.sample("p").tracks

    @Test(
        "numbers, ids and file names",
        arguments: [
            ([TrackReference.number(3), .number(1)], ["p-3", "p-1"]), ([.name("p-2")], ["p-2"]),
            ([.name("2.mp3"), .name("p-1"), .number(3)], ["p-2", "p-1", "p-3"]), ([], []),
        ]
    )
    func resolve(references: [TrackReference], ids: [String]) throws {
        #expect(try TrackReference.resolve(references, in: tracks, of: "p").map(\.id) == ids)
    }

    @Test(
        "what fits no track, or one twice",
        arguments: [
            [TrackReference.number(0)], [.number(4)], [.number(-1)], [.number(.max)], [.number(.min)], [.name("")],
            [.name("4.mp3")], [.number(1), .number(1)], [.name("p-1"), .number(1)],
        ]
    )
    func refused(references: [TrackReference]) {
        #expect {
            try TrackReference.resolve(references, in: tracks, of: "p")
        } throws: { error in
            if case .invalid? = error as? BoxError { true } else { false }
        }
    }

    @Test func filesOfTheSameNameAreTakenInTurn() throws {
        var same = tracks
        for index in same.indices { same[index].filename = "song.mp3" }
        let names = [TrackReference](repeating: .name("song.mp3"), count: 3)
        #expect(try TrackReference.resolve(names, in: same, of: "p").map(\.id) == ["p-1", "p-2", "p-3"])
        #expect(throws: BoxError.self) {
            try TrackReference.resolve(names + [.name("song.mp3")], in: same, of: "p")
        }
    }
}
