import MusicLibrary
import TestSupport
import Testing

@testable import MusicBox

/// What happens to a session from several sides at once.
@Suite(.timeLimit(.minutes(5))) struct UploadRaceTests {
    @Test func whileItIsBeingFinishedNobodyChangesIt() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let finishing = Task { try await store.finalize(session.id, playlistID: playlistID, fileHash: nil) }
            await uploads.work.untilHeld(1)
            let refusal = BoxError.conflict("upload session \(session.id) is being finished")
            await #expect(throws: refusal) { try await store.cancel(session.id) }
            await #expect(throws: refusal) { try await uploads.write(0, of: session, UploadSample.bytes) }
            await #expect(throws: refusal) {
                try await store.finalize(session.id, playlistID: playlistID, fileHash: nil)
            }
            uploads.work.open()
            let track = try await finishing.value[0]
            #expect(uploads.contents("media/" + track.filePath) == UploadSample.bytes)
            #expect(try await uploads.rig.library.playlist(id: playlistID)?.tracks.count == 1)
        }
    }

    @Test func aChunkOnItsWayIsWaitedFor() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let again = Task {
                try await store.write(
                    chunk: 2,
                    of: session.id,
                    playlistID: playlistID,
                    bytes: Array(UploadSample.bytes[2_048...])
                )
            }
            await uploads.work.untilHeld(1)
            await #expect(throws: BoxError.conflict("a chunk of upload session \(session.id) is still coming")) {
                try await store.finalize(session.id, playlistID: playlistID, fileHash: nil)
            }
            uploads.work.open()
            _ = try await again.value
            _ = try await store.finalize(session.id, playlistID: playlistID, fileHash: nil)
        }
    }

    @Test func cancellingWhileAChunkComesLeavesNothingBehind() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let writing = Task {
                try await store.write(
                    chunk: 0,
                    of: session.id,
                    playlistID: playlistID,
                    bytes: Array(UploadSample.bytes[..<1_024])
                )
            }
            await uploads.work.untilHeld(1)
            let cancelling = Task { try await store.cancel(session.id) }
            await uploads.work.untilHeld(2)
            uploads.work.open()
            try await cancelling.value
            await #expect(throws: BoxError.notFound("there is no upload session \(session.id)")) {
                try await writing.value
            }
            #expect(uploads.files("uploads") == [])
        }
    }

    @Test func aPlaylistDeletedMeanwhileGetsNoTrackAndLeavesNoFile() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            _ = try await uploads.rig.box.deletePlaylist(id: uploads.playlistID)
            await #expect(throws: LibraryError.self) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            #expect(uploads.files("media") == [])
            #expect(uploads.files("uploads") == [])
        }
    }

    // MARK: - What is in the file

    @Test("a full inbox loses nothing: the same can be asked again")
    func busyBox() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            let (box, gate) = (uploads.rig.box, Gate())
            let blocker = Task { try await box.enqueue { _ in await gate.wait() } }
            await gate.untilWaiting()
            // More than the inbox takes: one that is refused says that it is full.
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<MusicBox.inboxLimit + 1 {
                    group.addTask { (try? await box.enqueue { _ in }) == nil }
                }
                defer { gate.open() }
                let first = await group.next() ?? false
                await #expect(throws: BoxError.busy) { try await uploads.finalize(session) }
                #expect(uploads.files("media") == [])
                return first
            }
            #expect(refused)
            try await blocker.value
            #expect(uploads.contents("media/" + (try await uploads.finalize(session)).filePath) == UploadSample.bytes)
        }
    }

    @Test("who sends a chunk again takes the place of a dead connection")
    func theYoungerWriterWins() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            var old = try await store.begin(chunk: 0, of: session.id, playlistID: playlistID)
            try await old.write([UInt8](repeating: 9, count: 100))
            let now = try await uploads.write(0, of: session, UploadSample.bytes)
            #expect(now.missing == [1, 2])
            try await old.write([UInt8](repeating: 9, count: 924))
            let late = old
            await #expect(throws: BoxError.conflict("chunk 0 is being sent again by another request")) {
                try await store.finish(late)
            }
            for index in 1..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            #expect(uploads.contents("media/" + (try await uploads.finalize(session)).filePath) == UploadSample.bytes)
        }
    }

    @Test("a chunk that is sent again and breaks off is missing until it is whole")
    func brokenRepetition() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            var writing = try await uploads.store.begin(chunk: 1, of: session.id, playlistID: uploads.playlistID)
            try await writing.write([0, 0, 0])
            let broken = writing
            await #expect(throws: BoxError.invalid("chunk 1 must have 1024 bytes, not 3")) {
                try await uploads.store.finish(broken)
            }
            #expect(try await uploads.store.session(session.id).missing == [1])
            #expect(try await uploads.restarted().store.session(session.id).missing == [1])
        }
    }

    // MARK: - Expiry
}
