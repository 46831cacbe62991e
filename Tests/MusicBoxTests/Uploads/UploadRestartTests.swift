import Foundation
import MusicLibrary
import Testing

@testable import MusicBox

/// What is left of a session after the end of the program.
@Suite(.timeLimit(.minutes(5))) struct UploadRestartTests {
    @Test func aSessionGoesOnAfterARestart() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes, hash: UploadRig.sha256(UploadSample.bytes))
            for index in [2, 0] { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            let again = await uploads.restarted()
            var found = try await again.store.session(session.id, playlistID: uploads.playlistID)
            #expect(found.missing == [1])
            #expect(found.status == .uploading)
            #expect(found.fileHash == session.fileHash)
            found = try await again.write(1, of: session, UploadSample.bytes)
            let track = try await again.finalize(found)
            #expect(uploads.contents("media/" + track.filePath) == UploadSample.bytes)
            let third = await again.restarted()
            #expect(try await third.finalize(session) == track, "and still answers the same")
        }
    }

    @Test("after a power cut chunks that were not made durable are asked for again")
    func powerCut() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            _ = try await uploads.write(0, of: session, UploadSample.bytes)
            let again = await uploads.restarted(boot: "another")
            #expect(try await again.store.session(session.id).missing == [0, 1, 2])
            for index in 0..<3 { _ = try await again.write(index, of: session, UploadSample.bytes) }
            #expect(uploads.contents("media/" + (try await again.finalize(session)).filePath) == UploadSample.bytes)
        }
    }

    @Test func bytesThatAreNotThereNeverCame() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            #expect(truncate(uploads.directory + "/uploads/" + session.id + ".part", 1_500) == 0)
            #expect(try await uploads.restarted().store.session(session.id).missing == [1, 2])
        }
    }

    @Test("ended between the move into the store and the word of it", arguments: [true, false])
    func interruptedFinish(isKnown: Bool) async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            let (folder, upload) = (uploads.playlistID, uploads.directory + "/uploads/" + session.id)
            let stored = folder + "/" + (try DiskFile.claim("song.mp3", in: uploads.directory + "/media/" + folder))
            try DiskFile.append(Array(UploadRecord.Line.storing(path: stored).text.utf8), to: upload + ".session")
            try DiskFile.move(upload + ".part", over: uploads.directory + "/media/" + stored)
            if isKnown {
                let track = NewTrack(
                    title: "song",
                    filename: "song.mp3",
                    filePath: stored,
                    fileSize: UploadSample.bytes.count
                )
                _ = try await uploads.rig.box.addTrack(track, to: folder)
            }
            let again = await uploads.restarted()
            if !isKnown { #expect(uploads.files("media") == [], "nobody knows of it") }
            let track = try await again.finalize(session)
            #expect(uploads.files("media") == [track.filePath])
            #expect(uploads.contents("media/" + track.filePath) == UploadSample.bytes)
            #expect(try await uploads.rig.library.playlist(id: folder)?.tracks.count == 1)
        }
    }

    @Test func whatBelongsToNoSessionIsSwept() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            let root = uploads.directory + "/uploads/"
            for name in ["old.part", "bad.session", "thing"] { try DiskFile.append([1], to: root + name) }
            let again = await uploads.restarted()
            #expect(uploads.files("uploads") == [session.id + ".part", session.id + ".session"])
            #expect(await again.store.sessions().map(\.id) == [session.id])
        }
    }

    // MARK: - A box at its limits
}
