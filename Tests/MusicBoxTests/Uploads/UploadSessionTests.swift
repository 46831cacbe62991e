import Testing

@testable import MusicBox

@Suite struct UploadSessionTests {
    private func session(fileSize: Int, chunkSize: Int = 1_000) -> UploadSession {
        UploadSession(
            id: "s",
            playlistID: "p",
            filename: "a.mp3",
            fileSize: fileSize,
            chunkSize: chunkSize,
            fileHash: nil,
            createdMs: 5
        )
    }

    @Test("chunks", arguments: [(1, 1, 1), (999, 1, 999), (1_000, 1, 1_000), (1_001, 2, 1), (2_500, 3, 500)])
    func chunks(fileSize: Int, count: Int, lastLength: Int) {
        let session = session(fileSize: fileSize)
        #expect(session.totalChunks == count)
        #expect(session.length(ofChunk: count - 1) == lastLength)
        #expect(session.missing == Array(0..<count))
        #expect((0..<count).map { session.length(ofChunk: $0) }.reduce(0, +) == fileSize)
    }

    @Test(
        "only chunks that exist, in their length",
        arguments: [
            (-1, 1_000, false), (0, 1_000, true), (0, 999, false), (0, 1_001, false), (1, 1_000, true), (2, 500, true),
            (2, 1_000, false), (2, 0, false), (3, 0, false), (Int.max, 1_000, false), (Int.min, 1_000, false),
        ]
    )
    func check(index: Int, length: Int, isRight: Bool) {
        let session = session(fileSize: 2_500)
        let passes = (try? session.check(chunk: index, length: length)) != nil
        #expect(passes == isRight)
    }

    @Test func aRepeatedChunkCountsOnce() {
        var session = session(fileSize: 2_500)
        #expect(session.status == .pending)
        for index in [2, 0, 2] { session.note(chunk: index, atMs: 7) }
        #expect(session.status == .uploading)
        #expect(session.missing == [1])
        #expect(session.bytesReceived == 1_500)
        session.forget(chunk: 0)
        session.forget(chunk: 0)
        #expect(session.missing == [0, 1])
        #expect(session.bytesReceived == 500)
    }

    @Test func aSessionLivesADayAfterItWasHeardLast() {
        var session = session(fileSize: 1)
        #expect(session.expiresMs == 5 + 86_400_000)
        session.note(chunk: 0, atMs: 1_000)
        #expect(session.expiresMs == 1_000 + 86_400_000)
    }
}
