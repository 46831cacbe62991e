import Testing

@testable import musicboxctl

@Suite struct TextTests {
    @Test(arguments: [
        (0, "0:00"), (999, "0:00"), (7000, "0:07"), (754_000, "12:34"), (3_723_000, "1:02:03"),
        (360_000_000, "100:00:00"),
        (-5, "0:00"),
    ])
    func writesDurations(_ milliseconds: Int, _ text: String) {
        #expect(DurationText.text(milliseconds: milliseconds) == text)
    }

    @Test func writesADashForUnknownDurations() {
        #expect(DurationText.text(milliseconds: Int?.none) == "-")
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_450_000, "3.5 MB"), (999_960, "1.0 MB"),
        (2_000_000_000, "2.0 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ])
    func writesBytes(_ bytes: Int, _ text: String) {
        #expect(ByteText.text(bytes) == text)
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국어", 6), ("🎵", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("ﾃｽﾄ", 3),
        ("a\u{200B}b", 2), ("…", 1),
    ])
    func countsColumns(_ text: String, _ columns: Int) {
        #expect(text.columns == columns)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 1, "…"),
        ("abc", 0, ""),
    ])
    func truncates(_ text: String, _ limit: Int, _ cut: String) {
        #expect(text.truncated(to: limit) == cut)
    }

    @Test("A title cannot steer the terminal")
    func neutralisesControls() {
        #expect("a\u{1B}[2J\r\nb\u{9B}c\u{202E}d".printable == "a [2J  b c d")
        #expect("plain ü 日".printable == "plain ü 日")
    }

    @Test func errorsAreOneLine() {
        let error = CtlError(.refused, "first\nsecond", remedy: "third\u{7}")
        #expect("\(error)" == "first second: third ")
    }
}
