import Testing

@testable import MusicLibrary

@Suite struct LoudnessTests {
    private static func track(_ path: String, size: Int = 10, _ loudness: Loudness? = nil) -> NewTrack {
        NewTrack(title: path, filename: path, filePath: path, fileSize: size, loudness: loudness)
    }

    @Test func whatATagToldStaysToBeMeasured() async throws {
        try await withLibrary { library, _ in
            let id = try await library.createPlaylist(title: "p").summary.id
            let tagged = Loudness(integrated: -12, truePeak: nil)
            let told = try await library.addTrack(to: id, Self.track("a", tagged))
            #expect(told.loudness == tagged)
            let whole = Loudness(integrated: -12, truePeak: -1)
            #expect(try await library.addTrack(to: id, Self.track("b", whole)).loudness == whole)
            #expect(try await library.unmeasuredFiles(limit: 9) == [.init(path: "a", size: 10)])
        }
    }

    @Test func aFileIsMeasuredOnceForAllItsTracks() async throws {
        try await withLibrary { library, _ in
            let id = try await library.createPlaylist(title: "p").summary.id
            let first = try await library.addTrack(to: id, Self.track("a"))
            let second = try await library.addTrack(to: id, Self.track("a"))
            try await library.saveLoudness(Loudness(integrated: -9, truePeak: 0), of: .init(path: "a", size: 10))
            for track in [first, second] {
                #expect(try await library.track(id: track.id)?.loudness?.integrated == -9)
            }
            _ = try await library.removeTracks([first.id], from: id)
            #expect(try await library.track(id: second.id)?.loudness?.integrated == -9)
            _ = try await library.removeTracks([second.id], from: id)
            #expect(try await library.addTrack(to: id, Self.track("a")).loudness == nil)
        }
    }

    /// Replaced by another file of the same name.
    @Test func aFileOfAnotherSizeIsAnother() async throws {
        try await withLibrary { library, _ in
            let id = try await library.createPlaylist(title: "p").summary.id
            try await library.saveLoudness(Loudness(integrated: -9, truePeak: 0), of: .init(path: "a", size: 9))
            #expect(try await library.addTrack(to: id, Self.track("a")).loudness == nil)
            #expect(try await library.unmeasuredFiles(limit: 9).map(\.path) == ["a"])
        }
    }

    @Test func silenceIsNotMeasuredAgain() async throws {
        try await withLibrary { library, _ in
            let id = try await library.createPlaylist(title: "p").summary.id
            try await library.addTrack(to: id, Self.track("a"))
            try await library.saveLoudness(nil, of: .init(path: "a", size: 10))
            #expect(try await library.unmeasuredFiles(limit: 9).isEmpty)
        }
    }
}
