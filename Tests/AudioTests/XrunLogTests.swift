import Testing

@testable import Audio

@Suite struct XrunLogTests {
    @Test func oneLinePerBurst() {
        var log = XrunLog()
        let second: UInt64 = 1_000_000_000
        let times = [5, 6, 7, 16, 25, 40, 41, 51].map { $0 * second }
        #expect(times.map { log.isNews(at: $0) } == [true, false, false, false, false, true, false, true])
    }
}
