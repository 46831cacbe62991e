import Glibc
import Testing

@testable import Audio

@Suite struct MP3LandmarksTests {
    private let identity = MP3Index.Identity(device: 1, inode: 2, size: 1 << 40, modified: 1_700_000_000_123_456_789)

    @Test func longFilesGetWiderSpacing() {
        var landmarks = MP3Landmarks(first: 4000)
        // Twelve hours at 320 kbit/s.
        for number in 1...1_653_750 { landmarks.pass(MP3Index.Place(number: number, offset: 4000 + number * 1044)) }
        #expect(landmarks.places.count > 400)
        #expect(landmarks.places.allSatisfy { $0.number % landmarks.spacing == 0 })
        let bytes = landmarks.bytes(identity: identity)
        #expect(bytes.count <= 3000)
        #expect(MP3Landmarks(bytes: bytes[...], identity: identity) == landmarks)
    }

    @Test func whatIsOfAnotherFileOrCutIsNone() {
        var landmarks = MP3Landmarks(first: 10)
        for number in 1...2000 { landmarks.pass(MP3Index.Place(number: number, offset: 10 + number * 400)) }
        let bytes = landmarks.bytes(identity: identity)
        for other in [
            MP3Index.Identity(device: 1, inode: 2, size: 1, modified: identity.modified),
            MP3Index.Identity(device: 1, inode: 2, size: identity.size, modified: 5),
            MP3Index.Identity(device: 1, inode: 2, size: 2000, modified: identity.modified),
        ] {
            #expect(MP3Landmarks(bytes: bytes[...], identity: other) == nil)
        }
        for count in 0..<bytes.count {
            // Shorter is less, never wrong.
            let some = MP3Landmarks(bytes: bytes[..<count], identity: identity)
            #expect(some?.places.allSatisfy { landmarks.places.contains($0) } ?? true)
        }
        #expect(MP3Landmarks(bytes: [UInt8](repeating: 0xff, count: 3000)[...], identity: identity) == nil)
    }

    private static let hasAttributes: Bool = {
        let path = "/tmp/musicbox-attribute-\(getpid())"
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        var landmarks = MP3Landmarks(first: 0)
        landmarks.pass(MP3Index.Place(number: 383, offset: 1000))
        let identity = MP3Index.Identity(device: 0, inode: 0, size: 2000, modified: 7)
        landmarks.write(to: file, identity: identity)
        return MP3Landmarks(readFrom: file, identity: identity) == landmarks
    }()

    /// A file that was looked into at its import is known by a copy of it too, which nobody has played or sought in.
    @Test(
        .enabled(if: canEncode, "the ffmpeg program makes the files"),
        .enabled(if: hasAttributes, "the file system of /tmp has no extended attributes"),
        // A constant bit rate is computed, unless the file was joined of pieces that each round anew.
        arguments: [["-q:a", "0"], ["-b:a", "256k"]]
    )
    func placesStayWithTheFile(options: [String]) async throws {
        try await withWorkbench { bench in
            let part = try bench.wav(Signal.sweep(frames: 44_100 * 20))
            try bench.encode(["-i", part, "-c:a", "libmp3lame"] + options + [bench.path("part.mp3")])
            let list = try bench.write(
                Array(String(repeating: "file '\(bench.path("part.mp3"))'\n", count: 12).utf8),
                to: "list"
            )
            try bench.encode(["-f", "concat", "-safe", "0", "-i", list, "-c", "copy", bench.path("long.mp3")])
            let metadata = try AudioFile.probe(path: bench.path("long.mp3"))
            #expect(abs(metadata.durationMs - 240_000) < 2000)
            let file = open(bench.path("long.mp3"), O_RDONLY)
            defer { close(file) }
            var status = stat()
            fstat(file, &status)
            let identity = MP3Index.Identity(
                device: UInt64(status.st_dev),
                inode: UInt64(status.st_ino),
                size: Int(status.st_size),
                modified: Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
            )
            let landmarks = try #require(MP3Landmarks(readFrom: file, identity: identity))
            #expect(abs(landmarks.places.count - 240 * 44_100 / 1152 / landmarks.spacing) <= 1)
            // The walk from the start finds the same place.
            let target = 230 * 44_100 / 1152
            let index = try #require(MP3Index(path: bench.path("long.mp3"), start: landmarks.first) { false })
            let found = try #require(index.find(target))
            #expect(found.0.number == target)
            #expect(landmarks.places.last { $0.number <= target }?.number ?? 0 > target - landmarks.spacing)
        }
    }
}
