import Logging
import MusicLibrary
import NFC
import Testing

@testable import MusicBox

/// Where the listener is, noted while it plays: what a power cut leaves is what the next opening of the library finds.
@Suite(.timeLimit(.minutes(1))) struct ResumeKeeperTests {
    /// Runs a box that plays the first track of "Farm"; `body` says what is heard. Then the power is cut: the library is
    /// opened again as the running box has left it.
    private func afterCut(
        _ body: (BoxRig, Playlist) async throws -> Void
    ) async throws -> (point: ResumePoint?, playlist: Playlist) {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig in
                let playlist = try await rig.playlist("Farm")
                _ = try await rig.box.start(playlistID: playlist.id)
                try await rig.startLastLoad()
                try await body(rig, playlist)
                await rig.box.journal.settle()
                let library = try MusicLibrary.open(directory: directory)
                let point = try await library.resumePoint(playlistID: playlist.id)
                await library.close()
                return (point, playlist)
            }
        }
    }

    private func hear(_ positionMs: Int, in rig: BoxRig) throws {
        let request = try #require(rig.engine.loads.last)
        rig.engine.position = SoundPosition(request: request.id, positionMs: positionMs)
        rig.time.advance(by: .seconds(2))
        rig.box.keeper.note()
    }

    @Test func theLastNoteIsWhereItGoesOn() async throws {
        let (point, playlist) = try await afterCut { rig, _ in
            for positionMs in [2_000, 4_000, 6_000] { try hear(positionMs, in: rig) }
        }
        #expect(point?.positionMs == 6_000)
        #expect(point?.trackID == playlist.tracks[0].id)
    }

    @Test func whatAPauseSaysIsNewer() async throws {
        let (point, _) = try await afterCut { rig, _ in
            try hear(6_000, in: rig)
            rig.engine.position = SoundPosition(request: try #require(rig.engine.loads.last).id, positionMs: 6_500)
            _ = try await rig.box.pause()
            try await rig.settle()
            try hear(9_000, in: rig)
        }
        #expect(point?.positionMs == 6_500, "a pause is noted once, and nothing after it")
    }

    @Test func afterAPauseItGoesOnFromThere() async throws {
        let (point, _) = try await afterCut { rig, _ in
            try hear(6_000, in: rig)
            _ = try await rig.box.pause()
            rig.time.advance(by: .seconds(60))
            _ = try await rig.box.play()
            try await rig.settle()
            try hear(8_000, in: rig)
        }
        #expect(point?.positionMs == 8_000)
    }

    @Test func anotherRequestIsAnotherTrack() async throws {
        let (point, _) = try await afterCut { rig, _ in
            try hear(6_000, in: rig)
            rig.engine.position = SoundPosition(request: 99, positionMs: 1)
            rig.box.keeper.note()
            rig.engine.position = nil
            rig.box.keeper.note()
        }
        #expect(point?.positionMs == 6_000)
    }

    @Test func theEndOfTheListIsTheEnd() async throws {
        let (point, _) = try await afterCut { rig, playlist in
            _ = try await rig.box.start(playlistID: playlist.id, trackNumber: 3)
            try await rig.startLastLoad()
            try hear(59_000, in: rig)
            rig.reports.yield(.finished(request: try #require(rig.engine.loads.last).id))
            _ = await rig.events.player { $0.state == .stopped(atEnd: true) }
            try await rig.settle()
        }
        #expect(point == nil)
    }

    @Test func aSeekCountsFromWhenItWasAskedFor() async throws {
        let (point, _) = try await afterCut { rig, _ in
            try hear(6_000, in: rig)
            _ = try await rig.box.seek(toMs: 30_000)
            try await rig.settle()
            // Still the old place.
            try hear(6_200, in: rig)
        }
        #expect(point?.positionMs == 30_000)
    }

    @Test func aTrackThatMovesAndPlaysOnIsNotedWhereItIs() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig in
                let farm = try await rig.playlist("Farm")
                let zoo = try await rig.playlist("Zoo")
                _ = try await rig.box.start(playlistID: farm.id)
                try await rig.startLastLoad()
                try hear(6_000, in: rig)
                _ = try await rig.box.moveTrack(.number(1), from: farm.id, to: zoo.id, position: nil)
                try await rig.settle()
                try hear(8_000, in: rig)
                await rig.box.journal.settle()
                let library = try MusicLibrary.open(directory: directory)
                #expect(try await library.resumePoint(playlistID: zoo.id)?.positionMs == 8_000)
                #expect(try await library.resumePoint(playlistID: farm.id) == nil)
                await library.close()
            }
        }
    }

    @Test("whoever starts what plays goes on where it is, not where it was noted last")
    func startedAgain() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            _ = try await rig.box.start(playlistID: playlist.id)
            try await rig.startLastLoad(positionMs: 6_400)
            _ = try await rig.box.start(playlistID: playlist.id)
            #expect(rig.engine.loads.last?.positionMs == 6_400)
        }
    }

    @Test func aCopyOfTheDatabaseKnowsWhereItIs() async throws {
        try await withBox { rig in
            let playlist = try await rig.playlist("Farm")
            _ = try await rig.box.start(playlistID: playlist.id)
            try await rig.startLastLoad(positionMs: 7_700)
            await rig.box.rememberNow()
            #expect(try await rig.library.resumePoint(playlistID: playlist.id)?.positionMs == 7_700)
        }
    }

    @Test func theThreadNotesByItselfAndEnds() async throws {
        try await withDirectory { directory in
            let library = try MusicLibrary.open(directory: directory)
            let (engine, time) = (RecordingEngine(), ManualTime())
            let keeper = ResumeKeeper(
                directory: library.directory,
                sound: engine,
                time: time,
                interval: .milliseconds(1),
                logger: .init(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            let playlist = try await library.createPlaylist(title: "p")
            let track = try await library.addTrack(to: playlist.id, .sample("a"))
            let base = ResumePoint(playlistID: playlist.id, trackID: track.id, positionMs: 0, updatedAt: time.wallTime)
            try await library.saveResumePoint(base)
            engine.position = SoundPosition(request: 1, positionMs: 4_000)
            let running = Task { await keeper.run() }
            keeper.follow(.init(request: 1, base: base))
            while true {
                let copy = try MusicLibrary.open(directory: directory)
                let point = try await copy.resumePoint(playlistID: playlist.id)
                await copy.close()
                if point?.positionMs == 4_000 { break }
                await Task.yield()
            }
            running.cancel()
            await running.value
            await library.close()
        }
    }
}
