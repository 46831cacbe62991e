import Foundation
import MusicLibrary
import Testing

@testable import MusicBox

/// Archives.
@Suite(.timeLimit(.minutes(5))) struct UploadArchiveTests {
    private func archive(_ names: [String]) -> Unpack {
        { _, directory, limits, isWanted in
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            return try names.filter(isWanted).enumerated().map { index, name in
                let path = "\(directory)/\(index).mp3"
                try DiskFile.append(Array(name.utf8), to: path)
                return UnpackedFile(name: name, path: path, size: name.utf8.count)
            }
        }
    }

    @Test func anArchiveBecomesTracksInTheirOrder() async throws {
        let names = [
            "CD/10 b.mp3", "CD/2 a.mp3", "../../evil.mp3", "cover.jpg", "__MACOSX/CD/2 a.mp3", "CD/.hidden.mp3",
        ]
        try await withUploads(unpack: archive(names)) { uploads in
            let session = try await uploads.open(UploadSample.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            let tracks = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            #expect(tracks.map(\.filename) == ["evil.mp3", "2 a.mp3", "10 b.mp3"])
            #expect(uploads.files("media").count == 3)
            #expect(uploads.files("media").allSatisfy { $0.hasPrefix(uploads.playlistID + "/") })
            #expect(uploads.parts == [])
            #expect(uploads.files("uploads") == [session.id + ".session"])
        }
    }

    @Test func anArchiveWithoutMusicEndsTheSession() async throws {
        try await withUploads(unpack: archive(["readme.txt"])) { uploads in
            let session = try await uploads.open(UploadSample.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            await #expect(throws: BoxError.invalid("\"album.zip\" holds no audio file that this box plays")) {
                try await uploads.finalize(session)
            }
            #expect(uploads.parts == [])
        }
    }

    @Test func anArchiveIsAddedAsAWholeOrNotAtAll() async throws {
        try await withUploads(unpack: archive(["1.mp3", "2.mp3"])) { uploads in
            let session = try await uploads.open(UploadSample.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            _ = try await uploads.rig.box.deletePlaylist(id: uploads.playlistID)
            await #expect(throws: LibraryError.self) { try await uploads.finalize(session) }
            #expect(uploads.files("media") == [])
            #expect(uploads.files("uploads") == [])
        }
    }
}
