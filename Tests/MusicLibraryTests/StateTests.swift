import Testing

@testable import MusicLibrary

/// What the box notes for itself: resume points, settings, sequence numbers, answers.
@Suite struct StateTests {
    @Test func aResumePointReplacesTheOneBefore() async throws {
        try await withLibrary { library, clock in
            let playlist = try await library.makePlaylist("p", "a", "b")
            var point = ResumePoint(
                playlistID: playlist.id,
                trackID: playlist.tracks[0].id,
                positionMs: 1234,
                updatedAt: clock.now
            )
            #expect(try await library.resumePoint(playlistID: playlist.id) == nil)
            try await library.saveResumePoint(point)
            #expect(try await library.resumePoint(playlistID: playlist.id) == point)
            point.trackID = playlist.tracks[1].id
            point.positionMs = 5
            try await library.saveResumePoint(point)
            #expect(try await library.resumePoint(playlistID: playlist.id) == point)
            #expect(try await library.existing(playlist.id) == playlist, "listening is no edit")
            try await library.clearResumePoint(playlistID: playlist.id)
            try await library.clearResumePoint(playlistID: playlist.id)
            #expect(try await library.resumePoint(playlistID: playlist.id) == nil)
        }
    }

    @Test func aResumePointNeedsItsTrack() async throws {
        try await withLibrary { library, clock in
            let one = try await library.makePlaylist("one", "a")
            let two = try await library.makePlaylist("two", "b")
            let stranger = ResumePoint(
                playlistID: one.id,
                trackID: two.tracks[0].id,
                positionMs: 0,
                updatedAt: clock.now
            )
            #expect(await failure { try await library.saveResumePoint(stranger) }?.code == .notFound)
            var own = stranger
            own.trackID = one.tracks[0].id
            try await library.saveResumePoint(own)
            try await library.removeTracks([own.trackID], from: one.id)
            #expect(try await library.resumePoint(playlistID: one.id) == nil)
        }
    }

    @Test func settings() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                #expect(try await library.setting("volume") == nil)
                try await library.setSetting("volume", "40")
                try await library.setSetting("volume", "41")
                try await library.setSetting("muted", "")
                try await library.setSetting("other", "x")
                try await library.setSetting("other", nil)
                #expect(await failure { try await library.setSetting("", "x") }?.code == .invalid)
            }
            try await temporary.opened { library in
                let volume = try await library.setting("volume")
                #expect(volume == "41")
                #expect(try await library.setting("muted") == "")
                #expect(try await library.setting("other") == nil)
            }
        }
    }

    @Test func sequenceNumbersNeverComeTwice() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                let block = try await library.reserveSequence(count: 1000)
                #expect(block == 1..<1001)
                #expect(try await library.reserveSequence(count: 1) == 1001..<1002)
                for count in [0, -1, Int.max] {
                    #expect(await failure { try await library.reserveSequence(count: count) }?.code == .invalid)
                }
            }
            try await temporary.opened { library in
                let block = try await library.reserveSequence(count: 5)
                #expect(block == 1002..<1007)
            }
        }
    }

    @Test func concurrentReservationsDoNotOverlap() async throws {
        try await withLibrary { library, _ in
            let ranges = try await withThrowingTaskGroup(of: Range<Int>.self) { group in
                for _ in 0..<20 { group.addTask { try await library.reserveSequence(count: 10) } }
                return try await group.reduce(into: [Range<Int>]()) { $0.append($1) }
            }
            #expect(Set(ranges.joined()).count == 200)
        }
    }

    @Test func anAnswerStaysUntilItsTimeIsOver() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                #expect(try await library.answer(toOperation: "op") == nil)
                try await library.remember(answer: [1, 2], toOperation: "op")
                try await library.remember(answer: [], toOperation: "empty")
            }
            try await temporary.opened { library in
                #expect(try await library.answer(toOperation: "op") == [1, 2])
                #expect(try await library.answer(toOperation: "empty") == [])
                temporary.clock.advance(by: 299_999)
                #expect(try await library.answer(toOperation: "op") == [1, 2])
                temporary.clock.advance(by: 1)
                #expect(try await library.answer(toOperation: "op") == nil)
                try await library.remember(answer: [4], toOperation: "op")
                #expect(try await library.answer(toOperation: "op") == [4])
            }
        }
    }

    @Test("an edit takes the name of its operation with it, and neither is there without the other")
    func namedEdits() async throws {
        try await TemporaryLibrary.with { temporary in
            let id = try await temporary.opened { library in
                let operation = NamedOperation(id: "op", lifetime: .seconds(300)) { edit in
                    Array(((edit as? Playlist)?.id ?? "").utf8)
                }
                let made = try await NamedOperation.$current.withValue(operation) {
                    await #expect(throws: LibraryError.self) { try await library.updatePlaylist(id: "x", title: "y") }
                    #expect(try await library.answer(toOperation: "op") == nil)
                    let made = try await library.createPlaylist(title: "A")
                    // Notes of the box and further edits are not what the client is answered with.
                    try await library.setSetting("a", "b")
                    try await library.createPlaylist(title: "B")
                    return made
                }
                return made.id
            }
            try await temporary.opened { library in
                #expect(try await library.answer(toOperation: "op") == Array(id.utf8))
                try await library.remember(answer: [1], toOperation: "op")
                #expect(try await library.answer(toOperation: "op") == [1])
                let over = NamedOperation(id: "over", lifetime: .seconds(300)) { _ in [2] }
                over.end()
                _ = try await NamedOperation.$current.withValue(over) { try await library.createPlaylist(title: "C") }
                #expect(try await library.answer(toOperation: "over") == nil)
            }
        }
    }

    /// A phone that goes away must not undo what it has asked for.
    @Test func anEditIsDoneThoughItsTaskIsCancelled() async throws {
        try await withLibrary { library, _ in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await library.createPlaylist(title: "p")
            }
            let made = try await task.value
            #expect(try await library.existing(made.id) == made)
        }
    }
}
