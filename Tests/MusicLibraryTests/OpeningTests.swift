import Foundation
import GRDB
import Testing

@testable import MusicLibrary

@Suite struct OpeningTests {
    @Test func theDirectoryIsMadeWithAllThatBelongsToIt() async throws {
        try await TemporaryLibrary.with { temporary in
            let deep = temporary.directory + "/a/b/c//"
            let library = try MusicLibrary.open(directory: deep)
            #expect(library.notice == nil && library.health == LibraryHealth())
            #expect(library.directory.path == temporary.directory + "/a/b/c")
            await library.close()
            let names = try FileManager.default.contentsOfDirectory(atPath: deep).sorted()
            #expect(names == ["covers", "media", "musicbox.db", "uploads"])
        }
    }

    @Test(arguments: ["", "/"]) func whatCannotBeADirectoryOfOurs(_ path: String) throws {
        guard path.isEmpty || geteuid() != 0 else { return }
        #expect(throws: LibraryError.self) { try MusicLibrary.open(directory: path) }
    }

    @Test(arguments: ["", "/inside", "/media"]) func aFileInTheWayIsNamed(_ place: String) async throws {
        try await TemporaryLibrary.with { temporary in
            if place == "/media" {
                try FileManager.default.createDirectory(atPath: temporary.directory, withIntermediateDirectories: true)
            }
            let file = temporary.directory + (place == "/media" ? place : "")
            try Data("x".utf8).write(to: URL(fileURLWithPath: file))
            let path = temporary.directory + (place == "/inside" ? place : "")
            let error = #expect(throws: LibraryError.self) { try MusicLibrary.open(directory: path) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.hasPrefix(file + " is not a directory") == true, "\(error?.message ?? "")")
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func aReadOnlyDirectory() async throws {
        try await TemporaryLibrary.with { temporary in
            try FileManager.default.createDirectory(
                atPath: temporary.directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o555]
            )
            let error = #expect(throws: LibraryError.self) { try temporary.open() }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains(temporary.directory) == true)
        }
    }

    @Test func aKernelFileSystemRefusesInOneLine() {
        let error = #expect(throws: LibraryError.self) { try MusicLibrary.open(directory: "/proc/musicbox") }
        #expect(error?.message.contains("/proc/musicbox") == true)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func aDatabaseOfVersion1IsBroughtUpToDate() async throws {
        try await TemporaryLibrary.with { temporary in
            try temporary.execute(Self.version1)
            try await temporary.opened { library in
                #expect(library.notice == nil)
                let playlist = try #require(try await library.playlist(forTag: "04de3000001a80"))
                #expect(playlist.title == "Gute Nacht" && playlist.summary.playlistSeq == 7)
                #expect(playlist.tracks.map(\.title) == ["Guten Abend", "Der Mond"])
                #expect(playlist.tracks[0].fileHash == nil && playlist.tracks[1].durationMs == 61_000)
                #expect(playlist.tracks[1].playCount == 3)
                #expect(try await library.resumePoint(playlistID: playlist.id)?.positionMs == 12_345)
                #expect(try await library.setting("volume") == "55")
                #expect(try await library.reserveSequence(count: 10) == 4001..<4011)
                #expect(try await library.playlists(page: 1, limit: 5, search: "mond").total == 1)
                try await library.remember(answer: [1], toOperation: "new in version 2")
            }
        }
    }

    @Test func aDatabaseOfANewerVersionIsLeftAlone() async throws {
        try await TemporaryLibrary.with { temporary in
            try await temporary.opened { try await $0.createPlaylist(title: "from the future") }
            try temporary.execute("INSERT INTO grdb_migrations VALUES ('99 teleport')")
            let before = try temporary.contents("musicbox.db")
            let error = #expect(throws: LibraryError.self) { try temporary.open() }
            #expect(error?.code == .unavailable && error?.message.contains("newer version") == true)
            #expect(try temporary.contents("musicbox.db") == before)
            #expect(try !temporary.files().contains { $0.contains("damaged") })
        }
    }

    @Test func theDatabaseOfAnotherProgramIsLeftAlone() async throws {
        try await TemporaryLibrary.with { temporary in
            try temporary.execute("CREATE TABLE recipe (id INTEGER PRIMARY KEY, name TEXT)")
            let before = try temporary.contents("musicbox.db")
            let error = #expect(throws: LibraryError.self) { try temporary.open() }
            #expect(error?.code == .unavailable && error?.message.contains("another program") == true)
            #expect(try temporary.contents("musicbox.db") == before)
        }
    }

    /// What a library of version 1 held. Never changed: it stands for the boxes that are out there.
    private static let version1 = """
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = 1296191320;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 library');
        CREATE TABLE playlist (
            key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
            title TEXT NOT NULL CHECK (trim(title) <> ''), description TEXT NOT NULL, folded TEXT NOT NULL,
            seq INTEGER NOT NULL DEFAULT 1 CHECK (seq > 0), created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE track (
            key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
            playlist INTEGER NOT NULL REFERENCES playlist (key) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0), title TEXT NOT NULL CHECK (trim(title) <> ''),
            filename TEXT NOT NULL CHECK (filename <> ''),
            file_path TEXT NOT NULL CHECK (file_path <> '' AND file_path NOT GLOB '/*'),
            duration_ms INTEGER CHECK (duration_ms BETWEEN 0 AND 1000000000000), artist TEXT, album TEXT,
            file_hash TEXT CHECK (length(file_hash) = 64 AND file_hash NOT GLOB '*[^0-9a-f]*'),
            file_size INTEGER NOT NULL CHECK (file_size >= 0),
            play_count INTEGER NOT NULL DEFAULT 0 CHECK (play_count >= 0),
            cover_path TEXT CHECK (cover_path <> '' AND cover_path NOT GLOB '/*'), folded TEXT NOT NULL,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (playlist, number)
        ) STRICT;
        CREATE INDEX track_duration ON track (playlist, duration_ms);
        CREATE INDEX track_folded ON track (playlist, folded);
        CREATE INDEX track_file ON track (file_path);
        CREATE INDEX track_hash ON track (file_hash) WHERE file_hash IS NOT NULL;
        CREATE INDEX track_cover ON track (cover_path) WHERE cover_path IS NOT NULL;
        CREATE TABLE tag (
            key INTEGER PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE CHECK (length(uid) BETWEEN 2 AND 64 AND uid NOT GLOB '*[^0-9a-f]*'),
            playlist INTEGER NOT NULL REFERENCES playlist (key) ON DELETE CASCADE, bound_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tag_playlist ON tag (playlist, key);
        CREATE TABLE resume (
            playlist INTEGER PRIMARY KEY REFERENCES playlist (key) ON DELETE CASCADE,
            track INTEGER NOT NULL REFERENCES track (key) ON DELETE CASCADE,
            position_ms INTEGER NOT NULL CHECK (position_ms >= 0), updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE setting (
            name TEXT PRIMARY KEY CHECK (name <> ''), value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (
            name TEXT PRIMARY KEY CHECK (name <> ''), value INTEGER NOT NULL CHECK (value >= 0)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('server_seq', 4000);
        INSERT INTO playlist VALUES
            (3, '6f6b7a52-8d1c-4c3a-9a53-0c0f7f3b8e01', 'Gute Nacht', '', 'gute nacht\n', 7, 1700000000000, 1700000000001);
        INSERT INTO track VALUES
            (5, 'a2f1c9a4-3b5e-4a57-8a46-0f3d6d1b7c11', 3, 2, 'Der Mond', '02.mp3', 'x/02.mp3', 61000, 'Claudius', NULL,
                '\(String(repeating: "0f", count: 32))', 977, 3, NULL, 'der mond\nclaudius', 1700000000000, 1700000000000),
            (6, 'a2f1c9a4-3b5e-4a57-8a46-0f3d6d1b7c12', 3, 1, 'Guten Abend', '01.mp3', 'x/01.mp3', NULL, NULL, NULL,
                NULL, 0, 0, NULL, 'guten abend', 1700000000000, 1700000000000);
        INSERT INTO tag VALUES (1, '04de3000001a80', 3, 1700000000000);
        INSERT INTO resume VALUES (3, 5, 12345, 1700000000000);
        INSERT INTO setting VALUES ('volume', '55');
        """
}

extension TemporaryLibrary {
    /// Runs SQL on the database from outside, as another program would.
    func execute(_ sql: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: database)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }
}
