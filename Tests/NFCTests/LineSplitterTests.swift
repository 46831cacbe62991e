import Testing

@testable import NFC

@Suite struct LineSplitterTests {
    @Test(
        arguments: [
            (["alive\n"], [.line("alive")]),
            (["ali", "ve\n"], [.line("alive")]),
            (["a\nb\nc"], [.line("a"), .line("b")]),
            (["a\r\nb\n\n\r\nc\n"], [.line("a"), .line("b"), .line("c")]),
            (["12345678\n"], [.line("12345678")]),
            (["123456789\nok\n"], [.tooLong, .line("ok")]),
            (["12345678", "9", "0", "\n", "ok\n"], [.tooLong, .line("ok")]),
            (["\u{1F3B5}\n"], [.line("\u{1F3B5}")]),
            (["no end"], []),
            ([""], []),
        ] as [([String], [LineSplitter.Piece])]
    )
    func splits(pieces: [String], expected: [LineSplitter.Piece]) {
        var splitter = LineSplitter(limit: 8)
        #expect(pieces.flatMap { splitter.append(Array($0.utf8)) } == expected)
    }

    @Test func splitsTheSameByteByByte() {
        let text = "ready x\nplaced 04a1b2c3 t=1\r\n\(String(repeating: "x", count: 999))\nalive\n"
        var whole = LineSplitter()
        var single = LineSplitter()
        #expect(whole.append(Array(text.utf8)) == text.utf8.flatMap { single.append([$0]) })
    }

    @Test func repairsBytesThatAreNoText() {
        var splitter = LineSplitter()
        #expect(splitter.append([0xFF, 0xFE, 0x0A]) == [.line("\u{FFFD}\u{FFFD}")])
    }
}
