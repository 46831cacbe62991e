import Foundation
import GRDB
import Testing

@testable import MusicLibrary

@Suite struct DurabilityTests {
    /// A process writes as fast as it can, noting each edit that was acknowledged, and is killed in the midst of it.
    @Test(arguments: [1, 7, 40]) func whatWasAcknowledgedSurvivesAKill(edits: Int) async throws {
        try await TemporaryLibrary.with { temporary in
            let directory = temporary.directory
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String, edits] in
                let library = try MusicLibrary.open(directory: directory)
                let playlist = try await library.createPlaylist(title: "p")
                try await withThrowingTaskGroup { group in
                    for writer in 0..<3 {
                        group.addTask {
                            for number in 0... {
                                let track = try await library.addTrack(to: playlist.id, .sample("\(writer)-\(number)"))
                                try DurabilityTests.acknowledge(track.id, in: directory)
                                if writer == 0, number == edits { kill(getpid(), SIGKILL) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let acknowledged = try String(decoding: temporary.contents("acknowledged"), as: UTF8.self)
                .split(separator: "\n").map(String.init)
            #expect(acknowledged.count > edits)
            try await temporary.opened { library in
                #expect(library.notice == nil)
                let tracks = try await library.existing(try await library.playlists()[0].id).tracks
                #expect(Set(acknowledged).isSubset(of: tracks.map(\.id)))
                #expect(tracks.map(\.number) == tracks.indices.map { $0 + 1 })
                #expect(await library.check().state == .good)
            }
        }
    }

    private static func acknowledge(_ id: String, in directory: String) throws {
        let descriptor = open(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(descriptor) }
        let line = id + "\n"
        guard line.withCString({ write(descriptor, $0, line.utf8.count) }) == line.utf8.count else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// A write is on the disk at return: every connection of the writer runs with `synchronous = FULL` in WAL mode.
    @Test func theJournalIsSyncedAtEachCommit() async throws {
        try await withLibrary { library, _ in
            let (mode, synchronous) = try library.connections.writer.inDatabase {
                (
                    try String.fetchOne($0, sql: "PRAGMA journal_mode"),
                    try Int.fetchOne($0, sql: "PRAGMA synchronous")
                )
            }
            #expect(mode == "wal" && synchronous == 2)
        }
    }

    /// A backup tool or a second daemon on the same directory: both write, nobody loses anything.
    @Test func twoWritersOnOneDirectory() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { one in
                try await temporary.opened { two in
                    try await withThrowingTaskGroup { group in
                        for (name, library) in [("one", one), ("two", two)] {
                            group.addTask {
                                for number in 0..<25 { try await library.createPlaylist(title: "\(name) \(number)") }
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(try await one.playlists().count == 50)
                    #expect(try await two.playlists() == one.playlists())
                }
            }
        }
    }

    @Test func aFullDiskIsNamedAndHealsItself() async throws {
        try await withLibrary { library, _ in
            let playlist = try await library.makePlaylist("p", "a")
            let point = ResumePoint(
                playlistID: playlist.id,
                trackID: playlist.tracks[0].id,
                positionMs: 1,
                updatedAt: playlist.summary.createdAt
            )
            try library.limitPages(to: 1)
            let error = await failure {
                for number in 0... { try await library.addTrack(to: playlist.id, .sample("\(number)")) }
            }
            #expect(error?.code == .full)
            #expect(error?.message.contains("free some space") == true)
            #expect(library.health.state == .full)
            let before = try await library.existing(playlist.id)
            #expect(before.tracks.map(\.number) == before.tracks.indices.map { $0 + 1 })

            try library.limitPages(to: 1_000_000)
            try await library.saveResumePoint(point)
            #expect(library.health == LibraryHealth())
            try await library.addTrack(to: playlist.id, .sample("now there is room"))
        }
    }

    @Test func theCopyIsWholeWhileOthersWrite() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                let playlist = try await library.makePlaylist("p", "a")
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for number in 0..<40 { try await library.addTrack(to: playlist.id, .sample("\(number)")) }
                    }
                    group.addTask {
                        for _ in 0..<5 { try await library.backup() }
                    }
                    try await group.waitForAll()
                }
                #expect(library.health.copiedAt == temporary.clock.now)
                #expect(!(try temporary.files().contains { $0.hasPrefix("musicbox.db.copying") }))
            }
            try FileManager.default.removeItem(atPath: temporary.database)
            try await temporary.opened { library in
                let tracks = try await library.existing(try await library.playlists()[0].id).tracks
                #expect(tracks.map(\.number) == tracks.indices.map { $0 + 1 })
            }
        }
    }
}

extension MusicLibrary {
    /// Lets the database grow to this many pages, or to its present size if that is more: a full disk as SQLite sees it.
    func limitPages(to count: Int) throws {
        try connections.writer.inDatabase { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(count)") }
    }
}
