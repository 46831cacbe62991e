import Testing

@testable import musicboxctl

@Suite struct PositionArgumentTests {
    @Test(arguments: [
        ("1:23", 83_000), ("1:02:03", 3_723_000), ("83", 83_000), ("83s", 83_000), ("83000ms", 83_000),
        ("1m30s", 90_000),
        ("2h", 7_200_000), ("0", 0), ("0:05.5", 5500), ("1.5", 1500), ("90:00", 5_400_000), ("1S", 1000),
    ])
    func readsAbsolute(_ text: String, _ milliseconds: Int) throws {
        let position = try #require(PositionArgument(text))
        #expect(position.base == .start)
        #expect(position.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "+", "-", "abc", "1:60", "1:2:3:4", ":30", "1:", "10x", "s", "1s1m", "1s1s", "--5", "1e3", "nan",
        "9999999h", "1..5", "1:-5", "5 s", "٣",
    ])
    func refuses(_ text: String) {
        #expect(PositionArgument(text) == nil)
    }

    @Test(arguments: [
        ("+10", 40_000, 60_000, 50_000), ("+30", 40_000, 60_000, 60_000), ("-10", 40_000, 60_000, 30_000),
        ("-1:00", 40_000, 60_000, 0), ("\u{2212}10", 40_000, 60_000, 30_000), ("90", 40_000, 60_000, 90_000),
    ])
    func resolves(_ text: String, _ now: Int, _ duration: Int, _ target: Int) throws {
        #expect(try #require(PositionArgument(text)).resolved(now: now, duration: duration) == target)
    }

    @Test func jumpsForwardInATrackOfUnknownLength() throws {
        #expect(try #require(PositionArgument("+10")).resolved(now: 5000, duration: nil) == 15_000)
    }
}
