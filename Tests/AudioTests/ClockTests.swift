import Testing

@testable import Audio

@Suite struct PacingClockTests {
    private let second: UInt64 = 1_000_000_000

    @Test func framesWaitUntilTheStart() {
        var clock = PacingClock(rate: 1000)
        #expect(clock.delay(at: 5) == 0)
        clock.accept(100)
        #expect(clock.delay(at: 900 * second) == 100)
        clock.start(at: second)
        #expect(clock.delay(at: second + second / 20) == 50)
    }

    @Test func timeWithoutFramesDoesNotCount() {
        var clock = PacingClock(rate: 1000)
        clock.accept(100)
        clock.start(at: 0)
        #expect(clock.delay(at: 3 * second) == 0)
        clock.accept(10)
        #expect(clock.delay(at: 3 * second) == 10)
        #expect(clock.delay(at: 3 * second + second / 200) == 5)
    }

    @Test func tenHoursAreExact() {
        let rate = 44_100
        #expect(PacingClock.frames(from: 0, to: 36_000 * second, rate: rate) == 36_000 * rate)
        #expect(PacingClock.nanoseconds(36_000 * rate, rate: rate) == 36_000 * second)
    }
}

@Suite struct BackoffTests {
    @Test func doublesUpToFiveSeconds() {
        var backoff = Backoff()
        var pauses: [UInt64] = []
        for _ in 0..<7 {
            backoff.failed(at: 0)
            pauses.append(backoff.due / 1_000_000)
        }
        #expect(pauses == [200, 400, 800, 1600, 3200, 5000, 5000])
        #expect(backoff.milliseconds(at: backoff.due) == 0)
        backoff.reset()
        backoff.failed(at: 0)
        #expect(backoff.due == Backoff.first)
        backoff.never()
        #expect(backoff.milliseconds(at: 0) == .max)
    }
}

@Suite struct PositionBoardTests {
    private func note(_ ms: Int64, limit: Int64 = 1000, at nanoseconds: UInt64 = 0, life: UInt32 = 1)
        -> PositionBoard.Note
    {
        PositionBoard.Note(
            request: 7,
            microseconds: ms * 1000,
            limitMicroseconds: limit * 1000,
            nanoseconds: nanoseconds,
            isLoaded: true,
            isRunning: true,
            life: life
        )
    }

    @Test func countsOnBetweenNotesUpToTheLimit() {
        let board = PositionBoard()
        #expect(board.position(at: 0) == nil)
        board.post(note(100, limit: 150))
        #expect(board.position(at: 30_000_000) == PlaybackPosition(request: 7, positionMs: 130, isRunning: true))
        #expect(board.position(at: 900_000_000)?.positionMs == 150)
    }

    @Test func neverRunsBackwardsWithinALife() {
        let board = PositionBoard()
        board.post(note(100))
        #expect(board.position(at: 40_000_000)?.positionMs == 140)
        board.post(note(139, at: 40_000_000))
        #expect(board.position(at: 40_000_000)?.positionMs == 140)
        board.post(note(20, at: 40_000_000, life: 2))
        #expect(board.position(at: 40_000_000)?.positionMs == 20)
    }
}

@Suite struct TransportWordTests {
    @Test(arguments: [
        TransportWord(isPlaying: true, epoch: 0, start: 0),
        TransportWord(isPlaying: false, epoch: .max, start: 1 << 46),
        TransportWord(isPlaying: true, epoch: 513, start: 44_100 * 86_400 * 365),
    ])
    func survivesPacking(word: TransportWord) {
        #expect(TransportWord(bits: word.bits) == word)
    }

    @Test func epochsCompareAcrossTheirWrap() {
        #expect(Marker.isEpoch(65_535, before: 0))
        #expect(Marker.isEpoch(3, before: 4))
        #expect(!Marker.isEpoch(4, before: 4))
        #expect(!Marker.isEpoch(0, before: 65_535))
    }
}

@Suite struct WishesTests {
    private static let first = PlayRequest(id: 1, path: "/a")
    private static let second = PlayRequest(id: 2, path: "/b")

    @Test(
        arguments: [
            ([.load(first), .load(second)], Wishes(start: .load(second))),
            ([.seek(ms: 5), .pause, .prepare(first), .load(second)], Wishes(start: .load(second))),
            ([.load(first), .seek(ms: 5), .stop], Wishes(start: .stop)),
            ([.stop, .load(first), .pause, .resume], Wishes(start: .load(first), isPlaying: true)),
            ([.seek(ms: 1), .seek(ms: 2), .pause], Wishes(seekMs: 2, isPlaying: false)),
            ([.prepare(first), .prepare(nil)], Wishes(successor: .takeBack)),
            ([.prepare(nil), .prepare(second)], Wishes(successor: .prepare(second))),
        ] as [([Command], Wishes)]
    )
    func mergeToTheLastOfEach(commands: [Command], expected: Wishes) {
        var wishes = Wishes()
        for command in commands { wishes.merge(command) }
        #expect(wishes == expected)
    }
}
