import MusicLibrary
import Testing

@testable import MusicBox

/// Room, quota, and the time a session has.
@Suite(.timeLimit(.minutes(5))) struct UploadLimitTests {
    @Test func aFullDiskIsToldBeforeTheFirstByte() async throws {
        try await withUploads(minimumFreeBytes: Int.max / 2) { uploads in
            await #expect(
                throws: BoxError.insufficientStorage("there is no room for \"song.mp3\": remove something first")
            ) {
                _ = try await uploads.open(UploadSample.bytes)
            }
        }
    }

    @Test func atMostSoManySessionsAtATime() async throws {
        try await withUploads { uploads in
            for _ in 0..<UploadStore.maximumSessions { _ = try await uploads.open(UploadSample.bytes) }
            await #expect {
                _ = try await uploads.open(UploadSample.bytes)
            } throws: { error in
                if case .tooMany? = error as? BoxError { true } else { false }
            }
            uploads.rig.time.advance(by: .seconds(86_401))
            _ = try await uploads.open(UploadSample.bytes)
        }
    }

    // MARK: - Things that happen at the same time

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
            _ = try await uploads.upload(UploadSample.bytes)
            let second = try await uploads.open(UploadSample.bytes)
            await #expect {
                _ = try await uploads.open(UploadSample.bytes)
            } throws: { error in
                if case .insufficientStorage? = error as? BoxError { true } else { false }
            }
            try await uploads.store.cancel(second.id)
            _ = try await uploads.open(UploadSample.bytes)
        }
    }

    // MARK: - Chunks that come again

    @Test func cleaningUpTellsWhatItFreed() async throws {
        try await withUploads { uploads in
            let old = try await uploads.open(UploadSample.bytes)
            _ = try await uploads.write(0, of: old, UploadSample.bytes)
            uploads.rig.time.advance(by: .seconds(7_200))
            let young = try await uploads.open(UploadSample.bytes)
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
            let (used, forgotten) = (
                try await uploads.open(UploadSample.bytes), try await uploads.open(UploadSample.bytes)
            )
            uploads.rig.time.advance(by: .seconds(80_000))
            _ = try await uploads.write(0, of: used, UploadSample.bytes)
            uploads.rig.time.advance(by: .seconds(80_000))
            await uploads.store.dropExpired()
            #expect(await uploads.store.sessions().map(\.id) == [used.id])
            await #expect(throws: BoxError.self) { try await uploads.store.session(forgotten.id) }
        }
    }

    // MARK: - Progress
}
