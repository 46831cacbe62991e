import FoundationEssentials
import Glibc
import Testing

@testable import MusicLibrary

/// The point of what plays: kept beside the database, and taken up by the next opening.
@Suite struct ResumeFileTests {
    private let name = StorageDirectory.resumeFileName

    /// A library that was told of a point, and the file beside it.
    private func withPoint(
        _ body: (TemporaryLibrary, StorageDirectory, ResumePoint) async throws -> Void
    ) async throws {
        try await TemporaryLibrary.with { temporary in
            let (storage, point) = try await temporary.opened { library in
                let playlist = try await library.makePlaylist("p", "a", "b")
                let point = ResumePoint(
                    playlistID: playlist.id,
                    trackID: playlist.tracks[0].id,
                    positionMs: 1_000,
                    updatedAt: temporary.clock.now
                )
                try await library.saveResumePoint(point)
                return (library.directory, point)
            }
            try await body(temporary, storage, point)
        }
    }

    private func later(_ point: ResumePoint, positionMs: Int) -> ResumePoint {
        var later = point
        later.positionMs = positionMs
        later.updatedAt = Date(milliseconds: point.updatedAt.milliseconds + Int64(positionMs))
        return later
    }

    private func point(of playlistID: String, in temporary: TemporaryLibrary) async throws -> ResumePoint? {
        try await temporary.opened { try await $0.resumePoint(playlistID: playlistID) }
    }

    @Test func theNextOpeningGoesOnFromTheLastPoint() async throws {
        try await withPoint { temporary, storage, base in
            var file = ResumeFile(storage)
            for positionMs in 2...9 {
                try file.write(later(base, positionMs: positionMs * 1_000), onTopOf: base.updatedAt)
            }
            #expect(try temporary.contents(name).count == 8192, "it never grows")
            let last = later(base, positionMs: 9_000)
            #expect(try await point(of: base.playlistID, in: temporary) == last)
            #expect(try await point(of: base.playlistID, in: temporary) == last, "taking it up twice changes nothing")
        }
    }

    @Test func whatTheDatabaseWasToldSinceIsNewer() async throws {
        try await withPoint { temporary, storage, base in
            var file = ResumeFile(storage)
            try file.write(later(base, positionMs: 5_000), onTopOf: base.updatedAt)
            // Said by a clock that was set back meanwhile.
            var told = base
            told.positionMs = 7
            told.updatedAt = Date(milliseconds: base.updatedAt.milliseconds - 60_000)
            try await temporary.opened { library in
                try await library.saveResumePoint(told)
            }
            #expect(try await point(of: base.playlistID, in: temporary) == told)
            try await temporary.opened { library in
                try await library.clearResumePoint(playlistID: base.playlistID)
            }
            #expect(try await point(of: base.playlistID, in: temporary) == nil)
        }
    }

    @Test func aPointOfATrackThatIsGoneIsNone() async throws {
        try await withPoint { temporary, storage, base in
            var file = ResumeFile(storage)
            var other = later(base, positionMs: 5_000)
            other.trackID = "gone"
            try file.write(other, onTopOf: base.updatedAt)
            #expect(try await point(of: base.playlistID, in: temporary) == base)
        }
    }

    @Test("a power cut spoils one block at most", arguments: [0, 1, 40, 100, 4095])
    func tornBlock(intact: Int) async throws {
        try await withPoint { temporary, storage, base in
            var file = ResumeFile(storage)
            for positionMs in 1...3 { try file.write(later(base, positionMs: positionMs), onTopOf: base.updatedAt) }
            let before = try temporary.contents(name)
            try file.write(later(base, positionMs: 4), onTopOf: base.updatedAt)
            let after = try temporary.contents(name)
            let start = before.prefix(4096) == after.prefix(4096) ? 4096 : 0
            let cut = before.prefix(start) + after[start..<start + intact] + before.dropFirst(start + intact)
            try temporary.write(cut, to: name)
            let kept = try #require(try await point(of: base.playlistID, in: temporary)).positionMs
            #expect(kept == (intact == 4095 ? 4 : 3), "the last byte is a zero before and after")
        }
    }

    @Test(
        "whatever lies in its place, it is written over",
        arguments: [
            [], [UInt8](repeating: 0, count: 8191), [UInt8](repeating: 0xff, count: 8192),
            [UInt8](repeating: 0x0a, count: 8192), [UInt8](repeating: 0x31, count: 100_000),
        ]
    )
    func foreignContents(bytes: [UInt8]) async throws {
        try await withPoint { temporary, storage, base in
            try temporary.write(.init(bytes), to: name)
            #expect(ResumeFile.entries(in: storage) == [])
            #expect(try await point(of: base.playlistID, in: temporary) == base)
            var file = ResumeFile(storage)
            try file.write(later(base, positionMs: 4_000), onTopOf: base.updatedAt)
            #expect(try await point(of: base.playlistID, in: temporary)?.positionMs == 4_000)
        }
    }

    @Test func numberingGoesOnInTheNextRun() async throws {
        try await withPoint { temporary, storage, base in
            for positionMs in 1...5 {
                var file = ResumeFile(storage)
                try file.write(later(base, positionMs: positionMs), onTopOf: base.updatedAt)
                #expect(ResumeFile.entries(in: storage).first?.point.positionMs == positionMs)
            }
            #expect(ResumeFile.entries(in: storage).map(\.sequence) == [5, 4])
        }
    }

    @Test func whatCannotBeWrittenIsSaidAndTriedAgain() async throws {
        try await withPoint { temporary, storage, base in
            let path = temporary.directory + "/" + name
            #expect(mkdir(path, 0o755) == 0)
            var file = ResumeFile(storage)
            #expect(throws: LibraryError.self) { try file.write(base, onTopOf: base.updatedAt) }
            #expect(ResumeFile.entries(in: storage) == [])
            #expect(rmdir(path) == 0)
            try file.write(later(base, positionMs: 3_000), onTopOf: base.updatedAt)
            #expect(try await point(of: base.playlistID, in: temporary)?.positionMs == 3_000)
        }
    }

    @Test(arguments: ["two\nlines", String(repeating: "x", count: 5_000)])
    func namesThatDoNotFitAreRefusedAndHarmNothing(playlistID: String) async throws {
        try await withPoint { temporary, storage, base in
            var file = ResumeFile(storage)
            try file.write(later(base, positionMs: 2_000), onTopOf: base.updatedAt)
            var odd = base
            odd.playlistID = playlistID
            #expect(throws: LibraryError.self) { try file.write(odd, onTopOf: base.updatedAt) }
            #expect(try await point(of: base.playlistID, in: temporary)?.positionMs == 2_000)
        }
    }
}
