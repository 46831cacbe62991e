import MusicLibrary
import Testing

@testable import MusicBox

/// What is refused, and what it leaves.
@Suite(.timeLimit(.minutes(5))) struct UploadRefusalTests {
    @Test("a hash that is none is refused at both ends", arguments: ["", "xyz", String(repeating: "g", count: 64)])
    func noHash(hash: String) async throws {
        try await withUploads { uploads in
            await #expect(throws: BoxError.self) { _ = try await uploads.open(UploadSample.bytes, hash: hash) }
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            await #expect(throws: BoxError.self) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: hash)
            }
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test func whatTheDecoderRefusesEndsTheSession() async throws {
        try await withUploads(probe: { path in throw UploadRig.Refusal(path: path) }) { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            await #expect(throws: BoxError.invalid("song.mp3 is no music"), "people know it by its own name") {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            #expect(uploads.parts == [])
            #expect(uploads.files("media") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks == [])
            await #expect(throws: BoxError.conflict("song.mp3 is no music")) { try await uploads.finalize(session) }
            await #expect(throws: BoxError.self) { try await uploads.write(0, of: session, UploadSample.bytes) }
        }
    }

    @Test(
        "a name never leads out of its directory",
        arguments: [
            "../../../escape.mp3", "/tmp/escape.mp3", "..\\escape.mp3", "a/../../escape.mp3",
        ]
    )
    func pathTricks(name: String) async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(UploadSample.bytes, as: name)
            #expect(track.filePath == uploads.playlistID + "/escape.mp3")
            #expect(uploads.files("media") == [track.filePath])
        }
    }

    @Test(
        "what cannot become a track is refused at once",
        arguments: [
            ("notes.txt", 10, 1_024), ("song", 10, 1_024), ("song.mp3", 0, 1_024), ("song.mp3", -1, 1_024),
            ("song.mp3", 10, 1_023), ("song.mp3", 10, UploadStore.maximumChunkSize + 1), ("song.mp3", 10, -1),
            ("song.mp3", UploadStore.maximumChunks * 1_024 + 1, 1_024),
        ]
    )
    func refused(name: String, fileSize: Int, chunkSize: Int) async throws {
        try await withUploads { uploads in
            await #expect {
                _ = try await uploads.store.open(
                    playlistID: uploads.playlistID,
                    filename: name,
                    fileSize: fileSize,
                    chunkSize: chunkSize,
                    fileHash: nil
                )
            } throws: { error in
                if case .invalid? = error as? BoxError { true } else { false }
            }
        }
    }

    @Test func tooLargeIsToldAsThat() async throws {
        try await withUploads { uploads in
            for size in [UploadStore.maximumFileSize + 1, Int.max] {
                await #expect(throws: BoxError.tooLarge("\"song.mp3\" is larger than 4 GiB")) {
                    try await uploads.store.open(
                        playlistID: uploads.playlistID,
                        filename: "song.mp3",
                        fileSize: size,
                        chunkSize: nil,
                        fileHash: nil
                    )
                }
            }
        }
    }

    @Test func unknownPlaylistsAndSessionsAreNotFound() async throws {
        try await withUploads { uploads in
            await #expect(throws: BoxError.notFound("there is no playlist nowhere")) {
                try await uploads.store.open(
                    playlistID: "nowhere",
                    filename: "song.mp3",
                    fileSize: 1,
                    chunkSize: nil,
                    fileHash: nil
                )
            }
            let session = try await uploads.open(UploadSample.bytes)
            await #expect(throws: BoxError.notFound("there is no upload session \(session.id)")) {
                try await uploads.store.write(chunk: 0, of: session.id, playlistID: "other", bytes: [])
            }
            await #expect(throws: BoxError.notFound("there is no upload session x")) {
                try await uploads.store.cancel("x")
            }
        }
    }
}
