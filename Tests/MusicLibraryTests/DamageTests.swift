import Foundation
import Testing

@testable import MusicLibrary

@Suite struct DamageTests {
    /// Ways in which a file is found after a bad night.
    enum Injury: String, CaseIterable, Sendable {
        case garbage, emptied, halved, headerLost, schemaLost, lastPagesLost, missing, replacedByEmptyDatabase

        func inflict(on data: Data) -> Data? {
            var data = data
            switch self {
            case .garbage: return Data("This is not the file you are looking for.\n".utf8)
            case .emptied: return Data()
            case .halved: return data.prefix(data.count / 2)
            case .headerLost: data.replaceSubrange(0..<100, with: Data(count: 100))
            case .schemaLost: data.replaceSubrange(100..<4096, with: Data(repeating: 0xA5, count: 3996))
            case .lastPagesLost: return data.prefix(data.count - 2 * 4096)
            case .missing: return nil
            case .replacedByEmptyDatabase:
                data.replaceSubrange(100..<4096, with: Data([0x0D, 0, 0, 0, 0, 0x10, 0, 0]) + Data(count: 3988))
                data.replaceSubrange(28..<32, with: Data([0, 0, 0, 1]))
                return data.prefix(4096)
            }
            return data
        }
    }

    @Test(arguments: Injury.allCases) func theGoodCopyTakesOver(_ injury: Injury) async throws {
        try await TemporaryLibrary.with { temporary in
            let playlist = try await temporary.opened { library in
                let playlist = try await library.makePlaylist("kept", "a", "b")
                try await library.bind(tag: "04aa", to: playlist.id)
                _ = try await library.reserveSequence(count: 1000)
                try await library.backup()
                _ = try await library.reserveSequence(count: 1000)
                try await library.createPlaylist(title: "made after the copy")
                return try await library.existing(playlist.id)
            }
            try injure(temporary, injury)

            try await temporary.opened { library in
                let notice = try #require(library.notice)
                guard case .restored = notice.kind else {
                    Issue.record("not restored: \(notice)")
                    return
                }
                #expect(notice.message.contains(temporary.database))
                #expect(notice.setAside.map(FileManager.default.fileExists(atPath:)) ?? (injury == .missing))
                #expect(try await library.playlists().map(\.title) == ["kept"])
                #expect(try await library.playlist(forTag: "04aa") == playlist)
                #expect(try await library.reserveSequence(count: 1).lowerBound > 2000)
                #expect(library.health.state == .good)
            }
            try await temporary.opened { library in
                #expect(library.notice == nil, "the next start is an ordinary one")
                let titles = try await library.titles()
                #expect(titles.count == 1)
            }
        }
    }

    @Test(arguments: Injury.allCases.filter { $0 != .missing && $0 != .emptied && $0 != .replacedByEmptyDatabase })
    func withoutACopyTheLibraryStartsEmptyAndSaysSo(_ injury: Injury) async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                try await library.makePlaylist("lost", "a")
                _ = try await library.reserveSequence(count: 1000)
            }
            let damaged = try injure(temporary, injury)

            try await temporary.opened { library in
                let notice = try #require(library.notice)
                #expect(notice.kind == .startedEmpty)
                let aside = try #require(notice.setAside)
                #expect(aside.hasPrefix(temporary.database + ".damaged-20231114T221320Z"))
                #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == damaged, "nothing of it is lost")
                #expect(try await library.playlists() == [])
                #expect(try await library.reserveSequence(count: 1).lowerBound > 1000)
                try await library.makePlaylist("new", "b")
            }
        }
    }

    @Test func damageTwiceInASecondIsKeptTwice() async throws {
        try await TemporaryLibrary.with { temporary in
            for _ in 0..<3 {
                try await temporary.opened { try await $0.createPlaylist(title: "p") }
                try injure(temporary, .garbage)
            }
            try await temporary.opened { #expect($0.notice?.kind == .startedEmpty) }
            #expect(try temporary.files().filter { $0.contains(".damaged-") }.count == 3)
        }
    }

    @Test func aDamagedCopyIsNotUsed() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                try await library.createPlaylist(title: "p")
                try await library.backup()
            }
            try temporary.write(Data("nonsense".utf8), to: "musicbox.db.good")
            try injure(temporary, .garbage)
            try await temporary.opened { library in
                let titles = try await library.titles()
                #expect(library.notice?.kind == .startedEmpty && titles.isEmpty)
            }
        }
    }

    @Test func aHalfMadeCopyIsForgotten() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { try await $0.createPlaylist(title: "p") }
            try temporary.write(Data("half".utf8), to: "musicbox.db.copying")
            try await temporary.opened { library in
                #expect(library.notice == nil)
                try await library.backup()
            }
            #expect(try temporary.files() == ["covers", "media", "musicbox.db", "musicbox.db.good", "uploads"])
        }
    }

    @Test func damageFoundInARunStopsEditsAndIsRepairedByTheNextStart() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                let playlist = try await library.createPlaylist(title: "kept")
                for number in 0..<100 { try await library.addTrack(to: playlist.id, .sample("track \(number)")) }
                try await library.backup()
            }
            try await temporary.opened { library in
                #expect(await library.check().state == .good)
                #expect(library.health.checkedAt == temporary.clock.now)

                var data = try temporary.contents("musicbox.db")
                data.replaceSubrange(data.count - 8 * 4096..<data.count, with: Data(repeating: 0xFF, count: 8 * 4096))
                // In place: the connections have this file open.
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary.database))
                try file.write(contentsOf: data)
                try file.close()

                #expect(await library.check().state == .damaged)
                #expect(library.health.message?.contains(temporary.database) == true)
                #expect(await failure { try await library.createPlaylist(title: "x") }?.code == .damaged)
                #expect(await failure { try await library.backup() }?.code == .damaged)
                try await library.setSetting("volume", "40")
                #expect(try temporary.files().contains("musicbox.db.suspect"))
            }
            try await temporary.opened { library in
                guard case .restored = library.notice?.kind else {
                    Issue.record("not restored: \(String(describing: library.notice))")
                    return
                }
                let counts = try await library.playlists().map(\.trackCount)
                #expect(counts == [100])
                #expect(await library.check().state == .good)
            }
            #expect(try !temporary.files().contains("musicbox.db.suspect"))
        }
    }

    @Test func aFalseAlarmCostsNothing() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { try await $0.createPlaylist(title: "p") }
            try temporary.write(Data("a loose cable\n".utf8), to: "musicbox.db.suspect")
            try await temporary.opened { library in
                #expect(library.notice == nil)
                let titles = try await library.titles()
                #expect(titles.count == 1)
            }
            #expect(try !temporary.files().contains("musicbox.db.suspect"))
        }
    }

    /// Whatever bytes change: no crash, and either all is read or somebody is told.
    @Test(.serialized, arguments: 0..<24) func noBytesCrashIt(seed: Int) async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                for title in ["one", "two"] {
                    let playlist = try await library.makePlaylist(title, "a", "b", "c")
                    try await library.bind(tag: title == "one" ? "01" : "02", to: playlist.id)
                }
                try await library.backup()
            }
            var data = try temporary.contents("musicbox.db")
            var generator = SplitMix(state: UInt64(seed))
            for _ in 0..<(1 << (seed % 8)) {
                data[Int.random(in: 0..<data.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try temporary.write(data, to: "musicbox.db")
            do {
                try await temporary.opened { library in
                    _ = await failure { try await library.playlists() }
                    _ = await failure { try await library.playlists(page: 1, limit: 9, search: "a") }
                    _ = await failure { try await library.playlist(forTag: "01") }
                    _ = await failure { try await library.playlist(forTag: "02") }
                    _ = await failure { try await library.reserveSequence(count: 3) }
                    _ = await failure { try await library.makePlaylist("three", "d") }
                    _ = await library.check()
                }
            } catch let error as LibraryError {
                #expect(error.code == .unavailable, "a changed byte may make it another program's: \(error)")
            }
        }
    }

    /// - Returns: what the file holds now.
    @discardableResult
    private func injure(_ temporary: TemporaryLibrary, _ injury: Injury) throws -> Data? {
        guard let damaged = injury.inflict(on: try temporary.contents("musicbox.db")) else {
            try FileManager.default.removeItem(atPath: temporary.database)
            return nil
        }
        try temporary.write(damaged, to: "musicbox.db")
        return damaged
    }
}

/// Small and the same everywhere: https://prng.di.unimi.it/splitmix64.c
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
