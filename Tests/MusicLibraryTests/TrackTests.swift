import Testing

@testable import MusicLibrary

@Suite struct TrackTests {
    @Test func aNewTrackIsReadBackAsItWasReturned() async throws {
        try await withLibrary { library, clock in
            let playlist = try await library.createPlaylist(title: "a")
            var new = NewTrack.sample("tune")
            new.id = "AAAAAAAA-0000-4000-8000-000000000000"
            new.artist = " "
            new.album = "Album"
            new.fileHash = String(repeating: "AB", count: 32)
            let track = try await library.addTrack(to: playlist.id, new)
            #expect(track.id == "aaaaaaaa-0000-4000-8000-000000000000")
            #expect(track.number == 1 && track.playlistID == playlist.id && track.playCount == 0)
            #expect(track.artist == nil && track.album == "Album")
            #expect(track.fileHash == String(repeating: "ab", count: 32))
            #expect(track.createdAt == clock.now)
            #expect(try await library.track(id: track.id) == track)
            #expect(try await library.tracks(fileHash: String(repeating: "ab", count: 32)) == [track])
            #expect(try await library.existing(playlist.id).tracks == [track])
            #expect(await failure { try await library.addTrack(to: playlist.id, new) }?.code == .conflict)
        }
    }

    @Test(arguments: [
        \NewTrack.filePath <- "", \.filePath <- "/etc/passwd", \.filePath <- "../secret", \.filePath <- "a/../../b",
        \.filePath <- "a//b", \.filePath <- "a/./b", \.filePath <- "a\u{0}b", \.filename <- "", \.title <- " ",
        \.fileSize <- -1, \.durationMs <- -1, \.durationMs <- Int.max, \.coverPath <- "../x", \.coverPath <- "",
        \.startMs <- -1, \.endMs <- 0, \.url <- "", \.url <- "file:///etc/passwd", \.url <- "http://",
        \.url <- "http://a/b c", \.url <- "concat:http://a/b",
        \.url <- "http://a/" + String(repeating: "x", count: 2000),
        \.fileHash <- "abc", \.fileHash <- String(repeating: "g", count: 64), \.id <- "not-a-uuid",
    ])
    func whatMayNotEnter(_ change: Change) async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "a")
            var track = NewTrack.sample("tune")
            change.apply(&track)
            let bad = track
            #expect(await failure { try await library.addTrack(to: playlist.id, bad) }?.code == .invalid)
            #expect(try await library.existing(playlist.id) == playlist)
        }
    }

    @Test func chaptersAndStreamsAreKept() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "a")
            var (first, second, radio) = (NewTrack.sample("one"), NewTrack.sample("two"), NewTrack.sample("radio"))
            (first.filePath, second.filePath) = ("tunes/book.m4b", "tunes/book.m4b")
            (first.endMs, second.startMs) = (5000, 5000)
            radio.url = "https://radio.example/live?quality=high"
            let added = try await library.addTracks(to: playlist.id, [first, second, radio])
            #expect(added.map(\.number) == [1, 2, 3])
            #expect(added.map(\.startMs) == [0, 5000, 0] && added.map(\.endMs) == [5000, nil, nil])
            #expect(added[2].url == radio.url)
            #expect(try await library.existing(playlist.id).tracks == added)
            // The file stays as long as one of its chapters does.
            #expect(try await library.removeTracks([added[0].id], from: playlist.id).media == [])
            #expect(try await library.removeTracks([added[1].id], from: playlist.id).media == ["tunes/book.m4b"])
            // All or none.
            var wrong = second
            wrong.endMs = 4000
            let tracks = [first, wrong]
            #expect(await failure { try await library.addTracks(to: playlist.id, tracks) }?.code == .invalid)
            #expect(try await library.existing(playlist.id).tracks.count == 1)
        }
    }

    @Test(arguments: [
        (["a"], ["b", "c", "d", "e"]), (["e"], ["a", "b", "c", "d"]), (["b", "d"], ["a", "c", "e"]),
        (["a", "b", "c", "d", "e"], []), ([], ["a", "b", "c", "d", "e"]), (["c", "c"], ["a", "b", "d", "e"]),
    ])
    func removingClosesTheGaps(removed: [String], left: [String]) async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a", "b", "c", "d", "e")
            let ids = removed.map { name in playlist.tracks.first { $0.title == name }?.id ?? "" }
            let orphans = try await library.removeTracks(ids, from: playlist.id)
            let after = try await library.existing(playlist.id)
            #expect(after.tracks.map(\.title) == left)
            #expect(after.tracks.map(\.number) == left.indices.map { $0 + 1 })
            #expect(orphans.media == Set(removed).sorted().map { "tunes/\($0).mp3" })
            #expect(after.summary.playlistSeq == playlist.summary.playlistSeq + (removed.isEmpty ? 0 : 1))
        }
    }

    @Test func aForeignTrackIsNotRemovedAndNothingElseEither() async throws {
        try await withLibrary { library, _ in
            let one = try await library.makePlaylist("one", "a")
            let two = try await library.makePlaylist("two", "b")
            let ids = [one.tracks[0].id, two.tracks[0].id]
            #expect(await failure { try await library.removeTracks(ids, from: one.id) }?.code == .notFound)
            #expect(try await library.existing(one.id) == one)
        }
    }

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 2, 3], [1, 2, 3, 0], [3, 0, 1, 2]])
    func reordering(_ order: [Int]) async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a", "b", "c", "d")
            let ids = order.map { playlist.tracks[$0].id }
            let after = try await library.reorderTracks(in: playlist.id, order: ids)
            #expect(after.tracks.map(\.id) == ids)
            #expect(after.tracks.map(\.number) == [1, 2, 3, 4])
            #expect(after.summary.playlistSeq == playlist.summary.playlistSeq + (order == [0, 1, 2, 3] ? 0 : 1))
            #expect(try await library.existing(playlist.id) == after)
        }
    }

    /// The parts stand where the whole stood; the first keeps its id, and with it what refers to it.
    @Test func aTrackIsDivided() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.createPlaylist(title: "a")
            let tracks = try await library.addTracks(to: playlist.id, ["a", "b", "c"].map { NewTrack.sample($0) })
            let parts = [(0, 1000), (1000, 2500), (2500, nil)].enumerated().map { index, part in
                var new = NewTrack.sample("b")
                new.title = "part \(index + 1)"
                (new.startMs, new.endMs) = part
                return new
            }
            let divided = try await library.divideTrack(id: tracks[1].id, into: parts)
            let after = try await library.existing(playlist.id).tracks
            #expect(after.map(\.title) == [tracks[0].title, "part 1", "part 2", "part 3", tracks[2].title])
            #expect(after.map(\.number) == [1, 2, 3, 4, 5])
            #expect(Array(after[1...3]) == divided && divided[0].id == tracks[1].id)
            #expect(divided.map(\.startMs) == [0, 1000, 2500] && divided.map(\.endMs) == [1000, 2500, nil])
            #expect(await failure { try await library.divideTrack(id: "none", into: parts) }?.code == .notFound)
        }
    }

    @Test func anOrderMustBeAPermutation() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a", "b", "c")
            let ids = playlist.tracks.map(\.id)
            let stranger = try await library.makePlaylist("q", "x").tracks[0].id
            for order in [
                [], [ids[0], ids[1]], [ids[0], ids[1], ids[1]], ids + [ids[0]], [ids[0], ids[1], stranger],
            ] {
                #expect(
                    await failure { try await library.reorderTracks(in: playlist.id, order: order) }?.code == .invalid
                )
            }
            #expect(try await library.existing(playlist.id) == playlist)
        }
    }

    @Test(arguments: [
        (Int?.none, ["x", "y", "b"]), (1, ["b", "x", "y"]), (2, ["x", "b", "y"]), (99, ["x", "y", "b"]),
    ])
    func movingToAnotherPlaylist(position: Int?, target: [String]) async throws {
        try await withLibrary { library, _ in
            let from = try await library.makePlaylist("from", "a", "b", "c")
            let to = try await library.makePlaylist("to", "x", "y")
            let track = from.tracks[1]
            try await library.saveResumePoint(
                ResumePoint(playlistID: from.id, trackID: track.id, positionMs: 9, updatedAt: track.createdAt)
            )
            let moved = try await library.moveTrack(track.id, to: to.id, position: position)
            #expect(moved.playlistID == to.id && moved.id == track.id)
            let (source, goal) = (try await library.existing(from.id), try await library.existing(to.id))
            #expect(source.tracks.map(\.title) == ["a", "c"] && source.tracks.map(\.number) == [1, 2])
            #expect(goal.tracks.map(\.title) == target && goal.tracks.map(\.number) == [1, 2, 3])
            #expect(source.summary.playlistSeq > from.summary.playlistSeq)
            #expect(goal.summary.playlistSeq > to.summary.playlistSeq)
            #expect(try await library.resumePoint(playlistID: from.id) == nil)
        }
    }

    @Test(arguments: [(1, ["c", "a", "b"]), (2, ["a", "c", "b"]), (nil, ["a", "b", "c"])])
    func movingInsideAPlaylist(position: Int?, titles: [String]) async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a", "b", "c")
            try await library.moveTrack(playlist.tracks[2].id, to: playlist.id, position: position)
            #expect(try await library.existing(playlist.id).tracks.map(\.title) == titles)
        }
    }

    @Test func editsOfATrack() async throws {
        try await withLibrary { library, clock in
            let playlist = try await library.makePlaylist("p", "a")
            clock.advance(by: 1000)
            let edited = try await library.updateTrack(id: playlist.tracks[0].id, title: "b", artist: "c")
            #expect(edited.title == "b" && edited.artist == "c" && edited.album == nil)
            #expect(edited.updatedAt == clock.now && edited.createdAt == playlist.tracks[0].createdAt)
            #expect(try await library.updateTrack(id: edited.id, artist: "").artist == nil)
            #expect(try await library.existing(playlist.id).summary.playlistSeq == playlist.summary.playlistSeq + 2)
            #expect(await failure { try await library.updateTrack(id: "x", title: "b") }?.code == .notFound)
        }
    }

    @Test func aListeningIsCountedWithoutBeingAnEdit() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a")
            try await library.incrementPlayCount(trackID: playlist.tracks[0].id)
            try await library.incrementPlayCount(trackID: playlist.tracks[0].id)
            let after = try await library.existing(playlist.id)
            #expect(after.tracks[0].playCount == 2)
            #expect(after.summary == playlist.summary)
            #expect(await failure { try await library.incrementPlayCount(trackID: "x") }?.code == .notFound)
        }
    }

    /// A value written to one field of a track.
    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var apply: @Sendable (inout NewTrack) -> Void
    }
}

infix operator <- : AssignmentPrecedence
func <- <T: Sendable>(field: any WritableKeyPath<NewTrack, T> & Sendable, value: T) -> TrackTests.Change {
    TrackTests.Change(testDescription: "\(field) = \(value)") { $0[keyPath: field] = value }
}
