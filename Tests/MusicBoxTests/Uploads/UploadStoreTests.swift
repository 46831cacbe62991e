import Foundation
import MusicLibrary
import Synchronization
import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(5))) struct UploadStoreTests {
    /// Three chunks of 1,024 bytes and a bit.
    private static let bytes = (0..<2_500).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test("chunks in any order make the file", arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 1, 0, 0]])
    func anyOrder(order: [Int]) async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes, hash: UploadRig.sha256(Self.bytes).uppercased())
            #expect(session.missing == [0, 1, 2])
            for index in order { _ = try await uploads.write(index, of: session, Self.bytes) }
            let track = try await uploads.finalize(session)
            #expect(track.title == "song")
            #expect(track.filename == "song.mp3")
            #expect(track.filePath == uploads.playlistID + "/song.mp3")
            #expect(track.fileHash == UploadRig.sha256(Self.bytes))
            #expect(track.fileSize == Self.bytes.count)
            #expect(track.durationMs == 1_000)
            #expect(uploads.contents("media/" + track.filePath) == Self.bytes)
            #expect(uploads.parts == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks.map(\.id) == [track.id])
            #expect(try await uploads.store.session(session.id).status == .completed(trackIDs: [track.id]))
            #expect(try await uploads.finalize(session) == track, "asked again it answers the same")
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
            await #expect(throws: BoxError.invalid("song.mp3 is no music"), "people know it by its own name") {
                try await uploads.store.finalize(session.id, playlistID: uploads.playlistID, fileHash: nil)
            }
            #expect(uploads.parts == [])
            #expect(uploads.files("media") == [])
            #expect(try await uploads.rig.library.playlist(id: uploads.playlistID)?.tracks == [])
            await #expect(throws: BoxError.conflict("song.mp3 is no music")) { try await uploads.finalize(session) }
            await #expect(throws: BoxError.self) { try await uploads.write(0, of: session, Self.bytes) }
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
            await #expect {
                _ = try await uploads.open(Self.bytes)
            } throws: { error in
                if case .tooMany? = error as? BoxError { true } else { false }
            }
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
            let track = try await finishing.value[0]
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

    @Test func orphansAreDeleted() async throws {
        try await withUploads { uploads in
            let track = try await uploads.upload(Self.bytes)
            await uploads.store.delete(OrphanedFiles(media: [track.filePath], covers: ["nothing.jpg"]))
            #expect(uploads.files("media") == [])
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

    // MARK: - Restarts

    @Test func aSessionGoesOnAfterARestart() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes, hash: UploadRig.sha256(Self.bytes))
            for index in [2, 0] { _ = try await uploads.write(index, of: session, Self.bytes) }
            let again = await uploads.restarted()
            var found = try await again.store.session(session.id, playlistID: uploads.playlistID)
            #expect(found.missing == [1])
            #expect(found.status == .uploading)
            #expect(found.fileHash == session.fileHash)
            found = try await again.write(1, of: session, Self.bytes)
            let track = try await again.finalize(found)
            #expect(uploads.contents("media/" + track.filePath) == Self.bytes)
            let third = await again.restarted()
            #expect(try await third.finalize(session) == track, "and still answers the same")
        }
    }

    @Test("after a power cut chunks that were not made durable are asked for again")
    func powerCut() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            _ = try await uploads.write(0, of: session, Self.bytes)
            let again = await uploads.restarted(boot: "another")
            #expect(try await again.store.session(session.id).missing == [0, 1, 2])
            for index in 0..<3 { _ = try await again.write(index, of: session, Self.bytes) }
            #expect(uploads.contents("media/" + (try await again.finalize(session)).filePath) == Self.bytes)
        }
    }

    @Test func bytesThatAreNotThereNeverCame() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            #expect(truncate(uploads.directory + "/uploads/" + session.id + ".part", 1_500) == 0)
            #expect(try await uploads.restarted().store.session(session.id).missing == [1, 2])
        }
    }

    @Test("ended between the move into the store and the word of it", arguments: [true, false])
    func interruptedFinish(isKnown: Bool) async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            let (folder, upload) = (uploads.playlistID, uploads.directory + "/uploads/" + session.id)
            let stored = folder + "/" + (try DiskFile.claim("song.mp3", in: uploads.directory + "/media/" + folder))
            try DiskFile.append(Array(UploadRecord.Line.storing(path: stored).text.utf8), to: upload + ".session")
            try DiskFile.move(upload + ".part", over: uploads.directory + "/media/" + stored)
            if isKnown {
                let track = NewTrack(title: "song", filename: "song.mp3", filePath: stored, fileSize: Self.bytes.count)
                _ = try await uploads.rig.box.addTrack(track, to: folder)
            }
            let again = await uploads.restarted()
            if !isKnown { #expect(uploads.files("media") == [], "nobody knows of it") }
            let track = try await again.finalize(session)
            #expect(uploads.files("media") == [track.filePath])
            #expect(uploads.contents("media/" + track.filePath) == Self.bytes)
            #expect(try await uploads.rig.library.playlist(id: folder)?.tracks.count == 1)
        }
    }

    @Test func whatBelongsToNoSessionIsSwept() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            let root = uploads.directory + "/uploads/"
            for name in ["old.part", "bad.session", "thing"] { try DiskFile.append([1], to: root + name) }
            let again = await uploads.restarted()
            #expect(uploads.files("uploads") == [session.id + ".part", session.id + ".session"])
            #expect(await again.store.sessions().map(\.id) == [session.id])
        }
    }

    // MARK: - A box at its limits

    @Test("a full inbox loses nothing: the same can be asked again")
    func busyBox() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
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
            #expect(uploads.contents("media/" + (try await uploads.finalize(session)).filePath) == Self.bytes)
        }
    }

    @Test func twoOpenedAtOnceDoNotShareOneRoom() async throws {
        try await withUploads { uploads in
            let free = try await uploads.store.freeBytes()
            let size = min(UploadStore.maximumFileSize, free * 2 / 3)
            let store = UploadRig.store(
                uploads.rig.box,
                limits: .init(minimumFreeBytes: max(0, free - size - size / 2)),
                work: uploads.work,
                probe: { _ in ProbedFile(durationMs: 1, title: nil, artist: nil, album: nil, cover: nil) },
                unpack: nil
            )
            let playlistID = uploads.playlistID
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        (try? await store.open(
                            playlistID: playlistID,
                            filename: "a.mp3",
                            fileSize: size,
                            chunkSize: 1 << 20,
                            fileHash: nil
                        )) != nil
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.filter(\.self).count == 1)
        }
    }

    @Test func theQuotaCountsWhatIsThereAndWhatIsComing() async throws {
        try await withUploads(quotaBytes: 6_000) { uploads in
            _ = try await uploads.upload(Self.bytes)
            let second = try await uploads.open(Self.bytes)
            await #expect {
                _ = try await uploads.open(Self.bytes)
            } throws: { error in
                if case .insufficientStorage? = error as? BoxError { true } else { false }
            }
            try await uploads.store.cancel(second.id)
            _ = try await uploads.open(Self.bytes)
        }
    }

    // MARK: - Chunks that come again

    @Test("who sends a chunk again takes the place of a dead connection")
    func theYoungerWriterWins() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            let (store, playlistID) = (uploads.store, uploads.playlistID)
            var old = try await store.begin(chunk: 0, of: session.id, playlistID: playlistID)
            try await old.write([UInt8](repeating: 9, count: 100))
            let now = try await uploads.write(0, of: session, Self.bytes)
            #expect(now.missing == [1, 2])
            try await old.write([UInt8](repeating: 9, count: 924))
            let late = old
            await #expect(throws: BoxError.conflict("chunk 0 is being sent again by another request")) {
                try await store.finish(late)
            }
            for index in 1..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            #expect(uploads.contents("media/" + (try await uploads.finalize(session)).filePath) == Self.bytes)
        }
    }

    @Test("a chunk that is sent again and breaks off is missing until it is whole")
    func brokenRepetition() async throws {
        try await withUploads { uploads in
            let session = try await uploads.open(Self.bytes)
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
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

    @Test func cleaningUpTellsWhatItFreed() async throws {
        try await withUploads { uploads in
            let old = try await uploads.open(Self.bytes)
            _ = try await uploads.write(0, of: old, Self.bytes)
            uploads.rig.time.advance(by: .seconds(7_200))
            let young = try await uploads.open(Self.bytes)
            let cleaning = try await uploads.store.cleanUp(olderThanMs: 3_600_000)
            #expect(cleaning.sessions == 1)
            #expect(cleaning.files == 2)
            #expect(cleaning.bytes > 1_024)
            #expect(await uploads.store.sessions().map(\.id) == [young.id])
            #expect(uploads.files("uploads").allSatisfy { $0.hasPrefix(young.id) })
        }
    }

    @Test func aSessionThatIsUsedDoesNotExpire() async throws {
        try await withUploads { uploads in
            let (used, forgotten) = (try await uploads.open(Self.bytes), try await uploads.open(Self.bytes))
            uploads.rig.time.advance(by: .seconds(80_000))
            _ = try await uploads.write(0, of: used, Self.bytes)
            uploads.rig.time.advance(by: .seconds(80_000))
            await uploads.store.dropExpired()
            #expect(await uploads.store.sessions().map(\.id) == [used.id])
            await #expect(throws: BoxError.self) { try await uploads.store.session(forgotten.id) }
        }
    }

    // MARK: - Progress

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
            let session = try await uploads.open(Self.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
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
            let session = try await uploads.open(Self.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            await #expect(throws: BoxError.invalid("\"album.zip\" holds no audio file that this box plays")) {
                try await uploads.finalize(session)
            }
            #expect(uploads.parts == [])
        }
    }

    @Test func anArchiveIsAddedAsAWholeOrNotAtAll() async throws {
        try await withUploads(unpack: archive(["1.mp3", "2.mp3"])) { uploads in
            let session = try await uploads.open(Self.bytes, as: "album.zip")
            for index in 0..<3 { _ = try await uploads.write(index, of: session, Self.bytes) }
            _ = try await uploads.rig.box.deletePlaylist(id: uploads.playlistID)
            await #expect(throws: LibraryError.self) { try await uploads.finalize(session) }
            #expect(uploads.files("media") == [])
            #expect(uploads.files("uploads") == [])
        }
    }
}
