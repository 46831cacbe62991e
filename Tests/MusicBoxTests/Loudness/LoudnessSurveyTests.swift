import Logging
import MusicLibrary
import Synchronization
import Testing

@testable import MusicBox

@Suite struct LoudnessSurveyTests {
    /// Runs the survey beside a box whose files have the loudness `answer` tells, until `enough`.
    private func survey(
        _ rig: BoxRig,
        until enough: () async throws -> Bool,
        answer: @escaping LoudnessSurvey.Measure
    ) async throws {
        let survey = LoudnessSurvey(
            box: rig.box,
            mediaDirectory: "/media",
            files: DirectWork(),
            measure: answer,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let running = Task { await survey.run() }
        await rig.time.advanceToNextAlarm()
        while try await !enough() { await Task.yield() }
        running.cancel()
        await running.value
    }

    @Test func everyFileIsMeasuredOnceNewestFirst() async throws {
        try await withBox { rig async throws in
            try await rig.playlist("p", tracks: 3)
            let asked = Mutex<[String]>([])
            try await survey(rig) {
                try await rig.library.unmeasuredFiles(limit: 9).isEmpty
            } answer: { path, _ in
                asked.withLock { $0.append(path) }
                if path.hasSuffix("p-2.mp3") { throw BoxError.notFound("broken") }
                return path.hasSuffix("p-1.mp3") ? .nothing : .loudness(Loudness(integrated: -9, truePeak: -1))
            }
            #expect(asked.withLock { $0 } == ["/media/tunes/p-3.mp3", "/media/tunes/p-2.mp3", "/media/tunes/p-1.mp3"])
            let tracks = try #require(try await rig.library.playlists().first)
            let found = try await rig.library.playlist(id: tracks.id)?.tracks.map(\.loudness)
            #expect(found == [nil, nil, Loudness(integrated: -9, truePeak: -1)])
        }
    }

    @Test func whatIsAddedLaterIsMeasuredToo() async throws {
        try await withBox { rig async throws in
            let playlist = try await rig.playlist("p", tracks: 1)
            try await survey(rig) {
                if try await rig.library.unmeasuredFiles(limit: 9).isEmpty {
                    let count = try await rig.library.playlist(id: playlist.summary.id)?.tracks.count ?? 0
                    if count == 2 { return true }
                    _ = try await rig.box.addTrack(.sample("later"), to: playlist.summary.id)
                }
                return false
            } answer: { _, _ in
                .loudness(Loudness(integrated: -9, truePeak: -1))
            }
        }
    }

    /// The disk with the files is not there: nothing is decided for good, and nobody asks in circles.
    @Test func whatCannotBeReadIsLeftForLater() async throws {
        try await withBox { rig async throws in
            try await rig.playlist("p", tracks: 3)
            let asked = Mutex(0)
            try await survey(rig) {
                asked.withLock { $0 } == 3
            } answer: { _, _ in
                asked.withLock { $0 += 1 }
                return .notNow
            }
            #expect(asked.withLock { $0 } == 3)
            #expect(try await rig.library.unmeasuredFiles(limit: 9).count == 3)
        }
    }
}

/// Work done where it is asked for: nothing in it blocks.
private struct DirectWork: FileWork {
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result { try work() }
}
