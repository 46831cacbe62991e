import Testing

@testable import MusicBox

/// Positions against simulated time: the timer rings when it was asked to, or later.
@Suite struct PositionPacerTests {
    /// Runs `pacer` for `milliseconds`, with `lateness` for each ring and things that happen at their time; returns when
    /// positions went out.
    private func run(
        milliseconds: Int,
        isPlaying: Bool = true,
        lateness: (Int) -> Int = { _ in 0 },
        events: [(atMs: Int, change: (inout PositionPacer, inout Bool) -> Void)] = []
    ) -> [Int] {
        let start = ContinuousClock.now
        var (pacer, isPlaying, sent, rings) = (PositionPacer(), isPlaying, [Int](), 0)
        var events = events[...]
        var now = 0
        while now <= milliseconds {
            let instant = start + .milliseconds(now)
            let wake = pacer.nextWake(isPlaying: isPlaying, now: instant).map { Int(($0 - start) / .milliseconds(1)) }
            let ring = wake.map { max($0, now) + lateness(rings) }
            if let event = events.first, ring.map({ event.atMs <= $0 }) ?? true {
                now = event.atMs
                event.change(&pacer, &isPlaying)
                events.removeFirst()
                continue
            }
            guard let ring, ring <= milliseconds else { break }
            now = ring
            rings += 1
            if pacer.takeDue(at: start + .milliseconds(now), isPlaying: isPlaying) { sent.append(now) }
        }
        return sent
    }

    @Test func onTimeEvery200Milliseconds() {
        #expect(run(milliseconds: 1_000) == [0, 200, 400, 600, 800, 1_000])
    }

    @Test func nothingGoesOutWhileNothingPlays() {
        #expect(run(milliseconds: 10_000, isPlaying: false) == [])
    }

    @Test("timers late by up to 50 ms keep the grid")
    func lateTimers() {
        let sent = run(milliseconds: 2_100, lateness: { $0.isMultiple(of: 2) ? 50 : 0 })
        // The first one starts the grid: 50, 250, 450, ...; every other ring is 50 ms late on it.
        #expect(sent == [50, 250, 500, 650, 900, 1_050, 1_300, 1_450, 1_700, 1_850, 2_100])
    }

    @Test("never two within 150 ms, whatever the timers do", arguments: [UInt64(1), 2, 3, .random(in: .min ... .max)])
    func randomLateness(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let late = (0..<4_000).map { _ in Int.random(in: 0...60, using: &random) }
        let sent = run(milliseconds: 600_000, lateness: { late[$0 % late.count] })
        #expect(gaps(sent).allSatisfy { $0 >= 150 && $0 <= 260 })
        // Only what is late by more than 50 ms moves the grid, by at most 10 ms.
        #expect((2_850...3_001).contains(sent.count))
    }

    @Test(
        "one at a pause, a stop and a seek, but not within 150 ms of the last",
        arguments: [
            (at: 1_010, sent: [1_000, 1_150]), (at: 1_149, sent: [1_000, 1_150]), (at: 1_150, sent: [1_000, 1_150]),
            (at: 1_180, sent: [1_000, 1_180]),
        ]
    )
    func owedWhenStopping(at: Int, sent: [Int]) {
        let result = run(
            milliseconds: 5_000,
            events: [
                (
                    at,
                    { pacer, isPlaying in
                        pacer.owe()
                        isPlaying = false
                    }
                )
            ]
        )
        #expect(Array(result.suffix(2)) == sent)
    }

    @Test func owedTwiceGoesOutOnce() {
        let result = run(
            milliseconds: 5_000,
            isPlaying: false,
            events: [(100, { pacer, _ in pacer.owe() }), (100, { pacer, _ in pacer.owe() })]
        )
        #expect(result == [100])
    }

    @Test func aSeekWhilePlayingStartsTheGridAnew() {
        let result = run(milliseconds: 1_000, events: [(570, { pacer, _ in pacer.owe() })])
        #expect(result == [0, 200, 400, 570, 770, 970])
    }

    @Test func playingAgainSendsAtOnce() {
        let result = run(
            milliseconds: 6_000,
            events: [(500, { $1 = false }), (5_000, { $1 = true })]
        )
        #expect(result == [0, 200, 400, 5_000, 5_150, 5_350, 5_550, 5_750, 5_950])
    }

    @Test func askedTooEarlyNothingIsDue() {
        let start = ContinuousClock.now
        var pacer = PositionPacer()
        #expect(pacer.takeDue(at: start, isPlaying: true) == true)
        #expect(pacer.takeDue(at: start, isPlaying: true) == false)
        #expect(pacer.takeDue(at: start + .milliseconds(199), isPlaying: true) == false)
        pacer.owe()
        #expect(pacer.takeDue(at: start + .milliseconds(149), isPlaying: false) == false)
        #expect(pacer.takeDue(at: start + .milliseconds(150), isPlaying: false) == true)
        #expect(pacer.takeDue(at: start + .milliseconds(900), isPlaying: false) == false, "it was owed once")
    }

    private func gaps(_ sent: [Int]) -> [Int] { zip(sent, sent.dropFirst()).map { $1 - $0 } }
}
