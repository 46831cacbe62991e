import Foundation
import Testing

@testable import MusicBox

@Suite struct DiskFileTests {
    @Test func aNameIsTakenOnce() async throws {
        try await withDirectory { directory in
            let target = directory + "/media"
            let names = try (1...3).map { _ in try DiskFile.claim("song.mp3", in: target) }
            #expect(names == ["song.mp3", "song (2).mp3", "song (3).mp3"])
        }
    }

    @Test func aMoveReplacesWhatIsThere() async throws {
        try await withDirectory { directory in
            try Data([1]).write(to: URL(fileURLWithPath: directory + "/old"))
            try Data([2]).write(to: URL(fileURLWithPath: directory + "/new"))
            try DiskFile.move(directory + "/new", over: directory + "/old")
            #expect(DiskFile.contents(of: directory + "/old") == [2])
            #expect(DiskFile.names(in: directory) == ["old"])
            #expect(throws: BoxError.self) { try DiskFile.move(directory + "/no", over: directory + "/old") }
            #expect(DiskFile.contents(of: directory + "/old") == [2])
        }
    }

    @Test(
        "from one file system to another a file is copied, and is there as a whole or not at all",
        .enabled(if: other != nil)
    )
    func acrossFileSystems() async throws {
        let elsewhere = try #require(Self.other) + "/musicbox-move-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        try await withDirectory { directory in
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 12) }
            try Data(bytes).write(to: URL(fileURLWithPath: elsewhere + "/song"))
            let name = try DiskFile.claim("song.mp3", in: directory)
            try DiskFile.move(elsewhere + "/song", over: directory + "/" + name)
            #expect(DiskFile.contents(of: directory + "/song.mp3") == bytes)
            #expect(DiskFile.names(in: elsewhere) == [])
            #expect(DiskFile.names(in: directory) == ["song.mp3"])
            MediaStore.takeBack(directory + "/song.mp3", to: elsewhere + "/song")
            #expect(DiskFile.contents(of: elsewhere + "/song") == bytes)
            #expect(DiskFile.names(in: directory) == [])
            try FileManager.default.createDirectory(atPath: directory + "/taken/by", withIntermediateDirectories: true)
            #expect(throws: BoxError.self) { try DiskFile.move(elsewhere + "/song", over: directory + "/taken") }
            #expect(DiskFile.contents(of: elsewhere + "/song") == bytes)
            #expect(DiskFile.names(in: directory) == ["taken"])
        }
    }

    /// A directory on another file system than that of ``withDirectory(_:)``.
    private static let other: String? = {
        var (one, two) = (stat(), stat())
        guard stat("/dev/shm", &one) == 0, stat(NSTemporaryDirectory(), &two) == 0 else { return nil }
        return one.st_dev == two.st_dev ? nil : "/dev/shm"
    }()

    @Test func whatIsAppendedIsThereAsAWhole() async throws {
        try await withDirectory { directory in
            let path = directory + "/record"
            try DiskFile.append([1, 2], to: path)
            try DiskFile.append([3], to: path)
            #expect(DiskFile.contents(of: path) == [1, 2, 3])
            #expect(DiskFile.contents(of: path, limit: 2) == nil)
            #expect(throws: BoxError.self) { try DiskFile.append([1], to: directory + "/no/record") }
        }
    }

    @Test(
        "names for file systems that allow less",
        arguments: [
            ("a:b?.mp3", "a_b_.mp3"), ("what*.", "what_"), ("\"<>|\".mp3", "_____.mp3"), ("plain.mp3", "plain.mp3"),
            ("..", "track"),
        ]
    )
    func portable(name: String, expected: String) {
        #expect(MediaName.portable(name) == expected)
    }
}
