import Foundation
import Testing

@testable import MusicLibrary

@Suite struct RestoreTests {
    /// A library with one playlist of this title and one file of media, and a verified state of another that waits.
    private static func staged(_ temporary: TemporaryLibrary) async throws {
        try await TemporaryLibrary.with { other in
            try await other.opened { try await $0.makePlaylist("New", "song") }
            try other.write(Data("new".utf8), to: "media/new.mp3")
            try await temporary.opened { library in
                try await library.makePlaylist("Old", "tune")
                try temporary.write(Data("old".utf8), to: "media/old.mp3")
                let incoming = library.directory.incoming
                try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
                for name in ["musicbox.db", "media", "covers"] {
                    try FileManager.default.copyItem(
                        atPath: other.directory + "/" + name,
                        toPath: incoming + "/" + name
                    )
                }
                let contents = try await library.commitRestored()
                #expect(contents == .init(playlists: 1, tracks: 1))
                #expect(library.hasRestored)
            }
        }
    }

    private static func check(_ temporary: TemporaryLibrary) async throws {
        try await temporary.opened { library in
            let titles = try await library.titles()
            #expect(titles == ["New"])
            #expect(library.notice == nil)
            #expect(!library.hasRestored)
            await library.discardReplaced()
        }
        #expect(FileManager.default.fileExists(atPath: temporary.directory + "/media/new.mp3"))
        #expect(!FileManager.default.fileExists(atPath: temporary.directory + "/media/old.mp3"))
        #expect(try temporary.files().allSatisfy { !$0.hasPrefix("restore.") })
        let titles = try await temporary.opened { try await $0.titles() }
        #expect(titles == ["New"])
    }

    @Test func theNextStartTakesItIntoUse() async throws {
        try await TemporaryLibrary.with { temporary in
            try await Self.staged(temporary)
            try await Self.check(temporary)
        }
    }

    /// The renames of the swap, of which any number may be done when the power fails.
    private static let renames = [
        ("musicbox.db-wal", "restore.replaced/musicbox.db-wal"),
        ("musicbox.db-shm", "restore.replaced/musicbox.db-shm"),
        ("musicbox.db.good", "restore.replaced/musicbox.db.good"), ("musicbox.db", "restore.replaced/musicbox.db"),
        ("restore.ready/musicbox.db", "musicbox.db"), ("media", "restore.replaced/media"),
        ("restore.ready/media", "media"), ("covers", "restore.replaced/covers"), ("restore.ready/covers", "covers"),
    ]

    @Test(arguments: 0...9)
    func aPowerCutInTheMiddleIsFinishedByTheNextStart(_ done: Int) async throws {
        try await TemporaryLibrary.with { temporary in
            try await Self.staged(temporary)
            let root = temporary.directory + "/"
            try FileManager.default.createDirectory(
                atPath: root + "restore.replaced",
                withIntermediateDirectories: false
            )
            for (from, to) in Self.renames.prefix(done) { rename(root + from, root + to) }
            try await Self.check(temporary)
        }
    }

    @Test func theSequenceNeverGoesBack() async throws {
        try await TemporaryLibrary.with { temporary in
            let last = try await temporary.opened { try await $0.reserveSequence(count: 50_000).upperBound }
            try await Self.staged(temporary)
            let next = try await temporary.opened { try await $0.reserveSequence(count: 1).lowerBound }
            #expect(next > last)
        }
    }

    @Test func aDatabaseOfNoUseIsRefused() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { library in
                try await library.makePlaylist("Old")
                let incoming = library.directory.incoming
                try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
                #expect(await failure { try await library.commitRestored() }?.code == .invalid)
                try temporary.write(Data("no database".utf8), to: "restore.incoming/musicbox.db")
                #expect(await failure { try await library.commitRestored() }?.code == .invalid)
                #expect(!library.hasRestored)
                #expect(library.health.state == .good)
            }
            let titles = try await temporary.opened { try await $0.titles() }
            #expect(titles == ["Old"])
        }
    }
}
