import Foundation
import Logging
import MusicLibrary
import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(1))) struct PlaybackJournalTests {
    private func withJournal(_ body: (PlaybackJournal, MusicLibrary, Playlist) async throws -> Void) async throws {
        try await withDirectory { directory in
            let library = try MusicLibrary.open(directory: directory)
            let playlist = try await library.createPlaylist(title: "p")
            for number in 1...2 { try await library.addTrack(to: playlist.id, .sample("t\(number)")) }
            let journal = PlaybackJournal(
                library: library,
                time: ManualTime(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            try await body(journal, library, try #require(try await library.playlist(id: playlist.id)))
            await library.close()
        }
    }

    @Test func theNewestValueIsWritten() async throws {
        try await withJournal { journal, library, playlist async throws in
            for positionMs in 1...50 {
                await journal.remember(playlistID: playlist.id, trackID: playlist.tracks[0].id, positionMs: positionMs)
                await journal.set("volume", to: String(positionMs))
            }
            #expect(try await library.resumePoint(playlistID: playlist.id) == nil, "nothing is written by itself")
            await journal.flush()
            #expect(try await library.resumePoint(playlistID: playlist.id)?.positionMs == 50)
            #expect(try await library.setting("volume") == "50")
        }
    }

    @Test func whatWaitsIsWhatReadersGet() async throws {
        try await withJournal { journal, library, playlist async throws in
            let (first, second) = (playlist.tracks[0].id, playlist.tracks[1].id)
            await journal.remember(playlistID: playlist.id, trackID: first, positionMs: 1)
            await journal.flush()
            await journal.remember(playlistID: playlist.id, trackID: second, positionMs: 2)
            #expect(try await journal.resumePoint(playlistID: playlist.id)?.trackID == second)
            #expect(try await library.resumePoint(playlistID: playlist.id)?.trackID == first)
            await journal.forget(playlistID: playlist.id)
            #expect(try await journal.resumePoint(playlistID: playlist.id) == nil)
            await journal.flush()
            #expect(try await library.resumePoint(playlistID: playlist.id) == nil)
            #expect(try await journal.resumePoint(playlistID: playlist.id) == nil)
        }
    }

    @Test func everyPlayCounts() async throws {
        try await withJournal { journal, library, playlist async throws in
            let track = playlist.tracks[0].id
            for _ in 1...3 { await journal.countPlay(trackID: track) }
            await journal.flush()
            await journal.countPlay(trackID: track)
            await journal.flush()
            await journal.flush()
            #expect(try await library.track(id: track)?.playCount == 4)
        }
    }

    @Test("a value that cannot be written is let go, and holds up no other")
    func writeFails() async throws {
        try await withJournal { journal, library, playlist async throws in
            await journal.remember(playlistID: "gone", trackID: "gone", positionMs: 1)
            await journal.countPlay(trackID: "gone")
            await journal.set("volume", to: "7")
            await journal.flush()
            #expect(try await library.setting("volume") == "7")
            #expect(try await journal.resumePoint(playlistID: "gone") == nil, "it is not told for ever")
        }
    }

    @Test func aCancelledWriterLosesNothing() async throws {
        try await withJournal { journal, library, playlist async throws in
            let track = playlist.tracks[0].id
            let writer = Task { await journal.run() }
            for positionMs in 1...20 {
                await journal.remember(playlistID: playlist.id, trackID: track, positionMs: positionMs)
                await journal.countPlay(trackID: track)
                if positionMs == 10 { writer.cancel() }
            }
            await writer.value
            await journal.flush()
            #expect(try await library.resumePoint(playlistID: playlist.id)?.positionMs == 20)
            #expect(try await library.track(id: track)?.playCount == 20)
        }
    }

    @Test func aCancelledFlushLosesNothing() async throws {
        try await withJournal { journal, library, playlist async throws in
            for number in 1...20 { await journal.set("key\(number)", to: "\(number)") }
            let flush = Task { await journal.flush() }
            flush.cancel()
            await flush.value
            await journal.flush()
            for number in 1...20 { #expect(try await library.setting("key\(number)") == "\(number)") }
        }
    }
}
