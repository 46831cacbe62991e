import Foundation
import GRDB
import Testing

@testable import MusicLibrary

/// Prints what a library of 50,000 tracks costs. Nothing here fails by a clock.
@Suite struct SpeedTests {
    @Test func fiftyThousandTracks() async throws {
        try await TemporaryLibrary.with(onDisk: true) { temporary in
            try await temporary.opened { try Self.fill($0) }

            let clock = ContinuousClock()
            let before = Self.privateKiB()
            let start = clock.now
            let library = try temporary.open()
            let opened = start.duration(to: clock.now)

            var lookups: [Duration] = []
            for number in 0..<2000 {
                let tag = "04" + String(format: "%06x", number % 1000)
                let start = clock.now
                let playlist = try await library.playlist(forTag: tag)
                lookups.append(start.duration(to: clock.now))
                #expect(playlist?.tracks.count == 50)
            }
            let resume = try #require(try await library.playlist(forTag: "04000007"))
            var saves: [Duration] = []
            for number in 0..<100 {
                let point = ResumePoint(
                    playlistID: resume.id,
                    trackID: resume.tracks[number % 50].id,
                    positionMs: number,
                    updatedAt: Date()
                )
                let start = clock.now
                try await library.saveResumePoint(point)
                saves.append(start.duration(to: clock.now))
            }
            let listing = try await clock.measure { _ = try await library.playlists() }
            let search = try await clock.measure {
                let found = try await library.playlists(page: 1, limit: 50, search: "tune 49999")
                #expect(found.total == 1)
            }
            let check = await clock.measure { _ = await library.check() }
            let backup = try await clock.measure { try await library.backup() }
            print(
                """
                50,000 tracks in 1,000 playlists: open \(opened), first tag \(lookups[0]), tag p50 \(Self.median(lookups)) \
                p99 \(lookups.sorted()[1979]), resume write p50 \(Self.median(saves)), all summaries \(listing), \
                search \(search), check \(check), backup \(backup), private memory +\(Self.privateKiB() - before) KiB
                """
            )
            await library.close()
        }
    }

    private static func median(_ durations: [Duration]) -> Duration {
        durations.sorted()[durations.count / 2]
    }

    /// Pages that belong to this process alone (`/proc/self/smaps_rollup`).
    private static func privateKiB() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.hasPrefix("Private_") }
            .compactMap { Int($0.split(separator: " ")[1]) }.reduce(0, +)
    }

    private static func fill(_ library: MusicLibrary) throws {
        try library.connections.writer.write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                    INSERT INTO playlist (key, id, title, description, folded, created_at, updated_at)
                    SELECT i + 1, printf('%08x-0000-4000-8000-000000000000', i), 'Playlist ' || i, '', 'playlist ' || i, 0, 0
                    FROM n;
                    INSERT INTO tag (uid, playlist, bound_at) SELECT printf('04%06x', key - 1), key, 0 FROM playlist;
                    WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
                    INSERT INTO track (
                        id, playlist, number, title, filename, file_path, duration_ms, artist, file_hash, file_size,
                        folded, created_at, updated_at
                    )
                    SELECT printf('%08x-0000-4000-8001-000000000000', i * 2654435761 % 4294967296), i / 50 + 1,
                        i % 50 + 1, 'Tune ' || i, i || '.mp3', 'tunes/' || i || '.mp3', 180000, 'Artist ' || (i / 500),
                        printf('%064x', i), 4000000, 'tune ' || i || char(10) || 'artist ' || (i / 500), 0, 0
                    FROM n;
                    """
            )
        }
    }
}
