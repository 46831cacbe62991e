import Testing

@testable import NFC

private let tag = TagID("04a1b2c3d4e5f6")!

@Suite struct ReaderLineTests {
    @Test(
        arguments: [
            ("ready PN532 on /dev/ttyS0", .ready(name: "PN532 on /dev/ttyS0")),
            ("ready", .ready(name: "reader")),
            ("ready   x", .ready(name: "x")),
            ("placed 04a1b2c3d4e5f6", .placed(tag, seenAtNanoseconds: nil)),
            ("placed 04:A1:B2:C3:D4:E5:F6 t=123", .placed(tag, seenAtNanoseconds: 123)),
            ("placed 04a1b2c3d4e5f6 t=18446744073709551615", .placed(tag, seenAtNanoseconds: .max)),
            ("placed 04a1b2c3d4e5f6 sak=20 t=5 strength=weak", .placed(tag, seenAtNanoseconds: 5)),
            ("removed 04a1b2c3d4e5f6", .removed(tag)),
            ("removed 04a1b2c3d4e5f6 t=9", .removed(tag)),
            ("alive", .alive),
            ("alive 17", .alive),
            ("error missing no reader found", .error(code: "missing", message: "no reader found")),
            ("error lost", .error(code: "lost", message: "")),
            ("  alive", .alive),
        ] as [(String, ReaderLine)]
    )
    func reads(text: String, expected: ReaderLine) {
        #expect(ReaderLine(text) == expected)
    }

    @Test(arguments: [
        "", " ", "placed", "placed ", "placed 04", "placed xyz", "placed 04a1b2c3d4e5f6 t=",
        "placed 04a1b2c3d4e5f6 t=-1",
        "placed 04a1b2c3d4e5f6 t=18446744073709551616", "removed", "removed all", "Alive", "error", "error ", "hello",
        "placed04a1b2c3d4e5f6", "\u{FFFD}\u{FFFD}",
    ])
    func refuses(text: String) {
        #expect(ReaderLine(text) == nil)
    }

    @Test(
        arguments: [
            .ready(name: "PN532"), .placed(tag, seenAtNanoseconds: nil), .placed(tag, seenAtNanoseconds: 42),
            .removed(tag), .alive, .error(code: "lost", message: "it is gone"),
        ] as [ReaderLine]
    )
    func readsWhatItWrites(line: ReaderLine) {
        #expect(ReaderLine(line.text) == line)
    }

    @Test func freeTextCannotBreakOutOfItsLine() {
        let line = ReaderLine.ready(name: "evil\nplaced 04a1b2c3\r\u{0}\u{7F}")
        #expect(line.text == "ready evil placed 04a1b2c3   ")
    }

    @Test(arguments: ["x", "é", "🎵"])
    func freeTextIsCutToTheLongestLine(character: String) {
        let text = ReaderLine.error(code: "lost", message: String(repeating: character, count: 400)).text
        #expect(text.utf8.count <= ReaderLine.maximumLength)
        #expect(text.utf8.count > ReaderLine.maximumLength - 4)
        #expect(ReaderLine(text) != nil)
    }
}
