import MusicLibrary
import Testing

@testable import MusicBox

/// From chunks to the track.
@Suite(.timeLimit(.minutes(5))) struct UploadStoreTests {
    @Test("chunks in any order make the file", arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 1, 0, 0]])
    func anyOrder(order: [Int]) async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(
                UploadSample.bytes,
                hash: UploadRig.sha256(UploadSample.bytes).uppercased()
            )
            #expect(session.missing == [0, 1, 2])
            for index in order { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            let track = try await uploads.finalize(session)
            #expect(track.title == "song")
            #expect(track.filename == "song.mp3")
            #expect(track.filePath == uploads.playlistID + "/song.mp3")
            #expect(track.fileHash == UploadRig.sha256(UploadSample.bytes))
            #expect(track.fileSize == UploadSample.bytes.count)
            #expect(track.durationMs == 1_000)
            #expect(uploads.contents("media/" + track.filePath) == UploadSample.bytes)
            #expect(uploads.parts == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks.map(\.id) == [track.id])
            #expect(try await uploads.store.session(session.id).status == .completed(trackIDs: [track.id]))
            #expect(try await uploads.finalize(session) == track, "asked again it answers the same")
        }
    }

    @Test func missingChunksAreCountedAndCanStillCome() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(UploadSample.bytes)
            let now = try await uploads.write(1, of: session, UploadSample.bytes)
            #expect(now.missing == [0, 2])
            #expect(now.bytesReceived == 1_024)
            await #expect(throws: BoxError.conflict("\"song.mp3\" lacks 2 of 3 chunks")) {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            for index in [0, 2] { _ = try await uploads.write(index, of: session, UploadSample.bytes) }
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test func aDamagedFileIsRefusedAndCanBeSentAgain() async throws {
        try await withUploads { uploads in
            var damaged = UploadSample.bytes
            damaged[1_500] ^= 1
            let session = try await uploads.open(UploadSample.bytes, hash: UploadRig.sha256(UploadSample.bytes))
            for index in 0..<3 { _ = try await uploads.write(index, of: session, damaged) }
            await #expect {
                _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            } throws: { error in
                if case .conflict(let message)? = error as? BoxError { message.contains("SHA-256") } else { false }
            }
            #expect(uploads.files("media") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks == [])
            _ = try await uploads.write(1, of: session, UploadSample.bytes)
            _ = try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
        }
    }

    @Test func filesOfTheSameNameStandBesideEachOther() async throws {
        try await withUploads { uploads in
            var paths: [String] = []
            for number in 1...3 {
                paths.append(try await uploads.upload(UploadSample.bytes + [UInt8(number)]).filePath)
            }
            let folder = uploads.playlistID
            #expect(paths == [folder + "/song.mp3", folder + "/song (2).mp3", folder + "/song (3).mp3"])
            for (number, path) in zip(1..., paths) {
                #expect(uploads.contents("media/" + path)?.last == UInt8(number))
            }
        }
    }

    @Test func whatTheFileSaysOfItselfBecomesTheTrack() async throws {
        let cover = ProbedFile.Cover(bytes: Array("picture".utf8), fileExtension: "png")
        try await withUploads(probe: { _ in
            ProbedFile(durationMs: 5, title: "Tune", artist: "Somebody", album: "All", cover: cover)
        }) { uploads in
            let track = try await uploads.upload(UploadSample.bytes)
            #expect(track.title == "Tune")
            #expect(track.artist == "Somebody")
            #expect(track.album == "All")
            let path = try #require(track.coverPath)
            #expect(path.hasSuffix(".png"))
            #expect(uploads.contents("covers/" + path) == Array("picture".utf8))
            _ = try await uploads.upload(UploadSample.bytes + [0])
            #expect(uploads.files("covers") == [path], "the same picture is kept once")
        }
    }

    @Test func orphansAreDeleted() async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(UploadSample.bytes)
            await uploads.store.delete(OrphanedFiles(media: [track.filePath], covers: ["nothing.jpg"]))
            #expect(uploads.files("media") == [])
        }
    }

    @Test func listenersHearOfTheTrack() async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(UploadSample.bytes)
            let added = await uploads.rig.events.first { event -> Track? in
                if case .trackAdded(let track, _) = event.event { track } else { nil }
            }
            #expect(added == track)
        }
    }

    // MARK: - Restarts

    @Test("progress at most every 200 ms, and the last")
    func progress() async throws {
        try await withUploads { uploads in
            let bytes = [UInt8](repeating: 1, count: 10 * 1_024)
            let session = try await uploads.open(bytes)
            for index in 0..<10 {
                if index == 5 { uploads.rig.time.advance(by: .milliseconds(200)) }
                _ = try await uploads.write(index, of: session, bytes)
            }
            _ = try await uploads.finalize(session)
            var told: [(chunk: Int, percent: Double, isWhole: Bool)] = []
            let end = await uploads.rig.events.first { event -> UploadEvent.Kind? in
                guard case .upload(let upload) = event.event else { return nil }
                guard case .progress(let chunk, let percent, let isWhole) = upload.kind else { return upload.kind }
                told.append((chunk, percent, isWhole))
                return nil
            }
            #expect(told.map(\.chunk) == [0, 5, 9])
            #expect(told.map(\.percent) == [10, 60, 100])
            #expect(told.map(\.isWhole) == [false, false, true])
            guard case .complete(let tracks, let content)? = end else { throw BoxError.busy }
            #expect(tracks.count == 1)
            #expect(content.durationMs == 1_000)
        }
    }

    // MARK: - Archives
}
