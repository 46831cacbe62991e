import Crypto
import FoundationEssentials
import NIOCore
import Testing

@testable import musicboxctl

@Suite struct FolderScanTests {
    /// Runs `body` with a new folder that holds the given files (path, content), and removes it afterwards.
    private func withFolder(_ files: [(String, String)], body: (String) async throws -> Void) async throws {
        let root = "\(FileManager.default.temporaryDirectory.path)/musicboxctl-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (path, content) in files {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "\(root)/\(parent)", withIntermediateDirectories: true)
            try Data(content.utf8).write(to: URL(filePath: "\(root)/\(path)"))
        }
        try await body(root)
    }

    @Test func readsATree() async throws {
        let files = [
            ("10 a.mp3", "x"), ("2 b.MP3", "xy"), ("cover.jpg", "x"), (".hidden.mp3", "x"), ("empty.ogg", ""),
            ("B 10/1.flac", "x"),
            ("B 2/1.flac", "x"), ("B 2/notes.txt", "x"), ("texts/a.txt", "x"), (".git/1.mp3", "x"),
            ("@eaDir/1.mp3", "x"),
        ]
        try await withFolder(files) { root in
            let scan = try FolderScan(of: root, recursive: true)
            #expect(scan.folders.map(\.components) == [[], ["B 2"], ["B 10"]])
            #expect(scan.folders[0].files.map(\.name) == ["2 b.MP3", "10 a.mp3"])
            #expect(scan.folders[0].files.map(\.size) == [2, 1])
            #expect(scan.skipped.map(\.file) == ["\(root)/empty.ogg"])
            #expect(try FolderScan(of: root + "/", recursive: false).folders.map(\.components) == [[]])
        }
    }

    @Test func linksAreFollowedOnce() async throws {
        try await withFolder([("a/1.mp3", "x")]) { root in
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: "\(root)/a/up", withDestinationPath: "..")
            try manager.createSymbolicLink(atPath: "\(root)/a/2.mp3", withDestinationPath: "1.mp3")
            try manager.createSymbolicLink(atPath: "\(root)/a/3.mp3", withDestinationPath: "missing")
            let scan = try FolderScan(of: root, recursive: true)
            #expect(scan.folders.map(\.components) == [["a"]])
            #expect(scan.folders[0].files.map(\.name) == ["1.mp3", "2.mp3"])
            #expect(scan.skipped.map(\.file) == ["\(root)/a/3.mp3"])
        }
    }

    @Test func namesWhatIsNoFolder() async throws {
        try await withFolder([("a.mp3", "x")]) { root in
            for (path, code) in [("\(root)/a.mp3", CtlError.Code.data), ("\(root)/none", .noInput)] {
                let error = #expect(throws: CtlError.self) { try FolderScan(of: path, recursive: true) }
                #expect(error?.code == code)
            }
        }
    }

    @Test func readsAndHashes() async throws {
        try await withFolder([("a.mp3", "abc")]) { root in
            let file = try SourceFile(path: "\(root)/a.mp3")
            let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(try await file.digest(size: 3) == digest)
            let first = try await file.read(at: 0, count: 2, hash: SHA256())
            #expect(String(buffer: first.bytes) == "ab")
            #expect(try await file.read(at: 2, count: 1, hash: first.hash).hash.hexDigest == digest)
            let error = await #expect(throws: CtlError.self) { try await file.read(at: 2, count: 2, hash: SHA256()) }
            #expect(error?.concernsOneFile == true)
        }
    }
}
