import Testing

@testable import NFC

@Suite struct BackoffTests {
    @Test func doublesUpToTheLimitAndStartsOver() {
        var backoff = Backoff(first: .milliseconds(200), limit: .seconds(5))
        let waits = (0..<8).map { _ in backoff.next() }
        #expect(waits == [200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next() == .milliseconds(200))
        #expect(backoff.next() == .milliseconds(400))
    }
}

@Suite struct RateLimitTests {
    @Test func letsSomeThroughAndCountsTheRest() {
        var limit = RateLimit(limit: 2, per: .seconds(10))
        let times: [Duration] = [0, 1, 2, 3, 9, 10, 11, 12, 100].map { .seconds($0) }
        #expect(times.map { limit.pass(at: $0) } == [0, 0, nil, nil, nil, 3, 0, nil, 1])
    }
}
