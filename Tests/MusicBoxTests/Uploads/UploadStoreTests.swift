import MusicLibrary
import Synchronization
import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(2))) struct UploadStoreTests {
    /// Three chunks of 1,024 bytes and a bit.
    private static let bytes = (0..<2_500).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test("chunks in any order make the file", arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 1, 0, 0]])
    func anyOrder(order: [Int]) async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes, hash: UploadRig.sha256(Self.bytes).uppercased())
            #expect(session.missing == [0, 1, 2])
            for index in order { _ = try await uploads.write(index, of: session, Self.bytes) }
            let track = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            #expect(track.title == "song")
            #expect(track.filename == "song.mp3")
            #expect(track.filePath == uploads.playlistID + "/song.mp3")
            #expect(track.fileHash == UploadRig.sha256(Self.bytes))
            #expect(track.fileSize == Self.bytes.count)
            #expect(track.durationMs == 1_000)
            #expect(uploads.contents("media/" + track.filePath) == Self.bytes)
            #expect(uploads.files("uploads") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks.map(\.id) == [track.id])
            await #expect(throws: BoxError.self) { try await uploads.store.session(session.id) }
        }
    }

    @Test func missingChunksAreCountedAndCanStillCome() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            let now = try await uploads.write(1, of: session, Self.bytes)
            #expect(now.missing == [0, 2])
            #expect(now.bytesReceived == 1_024)
            await #expect(throws: BoxError.conflict("\"song.mp3\" lacks 2 of 3 chunks")) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            for index in [0, 2] { _ = try await uploads.write(index, of: session, Self.bytes) }
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test func aDamagedFileIsRefusedAndCanBeSentAgain() async throws {
        try await withUploads { uploads in
            var damaged = Self.bytes
            damaged[1_500] ^= 1
            let session = try await uploads.open(Self.bytes, hash: UploadRig.sha256(Self.bytes))
            for index in 0..<3 { _ = try await uploads.write(index, of: session, damaged) }
            await #expect {
                _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            } throws: { error in
                if case .conflict(let message)? = error as? BoxError { message.contains("SHA-256") } else { false }
            }
            #expect(uploads.files("media") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks == [])
            _ = try await uploads.write(1, of: session, Self.bytes)
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test("a hash that is none is refused at both ends", arguments: ["", "xyz", String(repeating: "g", count: 64)])
    func noHash(hash: String) async throws {
        try await withUploads { uploads in
            await #expect(throws: BoxError.self) { _ = try await uploads.open(Self.bytes, hash: hash) }
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            await #expect(throws: BoxError.self) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: hash)
            }
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test func whatTheDecoderRefusesEndsTheSession() async throws {
        try await withUploads(probe: { path in throw UploadRig.Refusal(path: path) }) { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            let name = uploads.rig.library.directory.uploads + "/song.mp3"
            await #expect(throws: BoxError.invalid("\(name) is no music"), "people know it by its own name") {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            #expect(uploads.files("uploads") == [])
            #expect(uploads.files("media") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks == [])
            await #expect(throws: BoxError.notFound("there is no upload session \(session.id)")) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
        }
    }

    @Test func filesOfTheSameNameStandBesideEachOther() async throws {
        try await withUploads { uploads in
            var paths: [String] = []
            for number in 1...3 {
                paths.append(try await uploads.upload(Self.bytes + [UInt8(number)]).filePath)
            }
            let folder = uploads.playlistID
            #expect(paths == [folder + "/song.mp3", folder + "/song (2).mp3", folder + "/song (3).mp3"])
            for (number, path) in zip(1..., paths) {
                #expect(uploads.contents("media/" + path)?.last == UInt8(number))
            }
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
            let track = try await uploads.upload(Self.bytes, as: name)
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

    @Test func aFullDiskIsToldBeforeTheFirstByte() async throws {
        try await withUploads(minimumFreeBytes: Int.max / 2) { uploads in
            await #expect(
                throws: BoxError.insufficientStorage("there is no room for \"song.mp3\": remove something first")
            ) {
                _ = try await uploads.open(Self.bytes)
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
            let session = try await uploads.open(Self.bytes)
            await #expect(throws: BoxError.notFound("there is no upload session \(session.id)")) {
                try await uploads.store.write(chunk: 0, of: session.id, playlistID: "other", bytes: [])
            }
            await #expect(throws: BoxError.notFound("there is no upload session x")) {
                try await uploads.store.cancel("x")
            }
        }
    }

    @Test func atMostSoManySessionsAtATime() async throws {
        try await withUploads { uploads in
            for _ in 0..<UploadStore.maximumSessions { _ = try await uploads.open(Self.bytes) }
            await #expect(throws: BoxError.busy) { _ = try await uploads.open(Self.bytes) }
            uploads.rig.time.advance(by: .seconds(86_401))
            _ = try await uploads.open(Self.bytes)
        }
    }

    // MARK: - Things that happen at the same time

    @Test func whileItIsBeingFinishedNobodyChangesIt() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let finishing = Task { try await store.finalize(session.id, playlistID: playlistID, fileHash: nil) }
            await uploads.work.untilHeld(1)
            let refusal = BoxError.conflict("upload session \(session.id) is being finished")
            await #expect(throws: refusal) { try await store.cancel(session.id) }
            await #expect(throws: refusal) { try await uploads.write(0, of: session, Self.bytes) }
            await #expect(throws: refusal) {
                try await store.finalize(session.id, playlistID: playlistID, fileHash: nil)
            }
            uploads.work.open()
            let track = try await finishing.value
            #expect(uploads.contents("media/" + track.filePath) == Self.bytes)
            #expect(try await uploads.rig.library.playlist(id: playlistID)?.tracks.count == 1)
        }
    }

    @Test func aChunkOnItsWayIsWaitedFor() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let again = Task {
                try await store.write(
                    chunk: 2,
                    of: session.id,
                    playlistID: playlistID,
                    bytes: Array(Self.bytes[2_048...])
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
            let session = try await uploads.open(Self.bytes)
            uploads.work.close()
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            let writing = Task {
                try await store.write(
                    chunk: 0,
                    of: session.id,
                    playlistID: playlistID,
                    bytes: Array(Self.bytes[..<1_024])
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
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            _ = try await uploads.rig.box.deletePlaylist(id: uploads.playlistID)
            await #expect(throws: LibraryError.self) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            #expect(uploads.files("media") == [])
            #expect(uploads.files("uploads") == [])
        }
    }

    // MARK: - What is in the file

    @Test func whatTheFileSaysOfItselfBecomesTheTrack() async throws {
        let cover = ProbedFile.Cover(bytes: Array("picture".utf8), fileExtension: "png")
        try await withUploads(probe: { _ in
            ProbedFile(durationMs: 5, title: "Tune", artist: "Somebody", album: "All", cover: cover)
        }) { uploads in
            let track = try await uploads.upload(Self.bytes)
            #expect(track.title == "Tune")
            #expect(track.artist == "Somebody")
            #expect(track.album == "All")
            let path = try #require(track.coverPath)
            #expect(path.hasSuffix(".png"))
            #expect(uploads.contents("covers/" + path) == Array("picture".utf8))
            _ = try await uploads.upload(Self.bytes + [0])
            #expect(uploads.files("covers") == [path], "the same picture is kept once")
        }
    }

    @Test func orphansAreDeletedAndLeftoversSwept() async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(Self.bytes)
            let session = try await uploads.open(Self.bytes)
            _ = try await uploads.write(0, of: session, Self.bytes)
            #expect(uploads.files("uploads").count == 1)
            await uploads.store.delete(OrphanedFiles(media: [track.filePath], covers: ["nothing.jpg"]))
            #expect(uploads.files("media") == [])
            await uploads.store.sweep()
            #expect(uploads.files("uploads") == [])
        }
    }

    @Test func listenersHearOfTheTrack() async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(Self.bytes)
            let added = await uploads.rig.events.first { event -> Track? in
                if case .trackAdded(let track, _) = event.event { track } else { nil }
            }
            #expect(added == track)
        }
    }
}
