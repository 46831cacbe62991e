import Testing

@testable import musicboxctl

@Suite struct TableTests {
    private func table(_ rows: [[String]]) -> Table {
        var table = Table([
            .init(title: "TITLE", isFlexible: true), .init(title: "N", isNumeric: true), .init(title: "ID"),
        ])
        rows.forEach { table.add($0) }
        return table
    }

    @Test func alignsWideCharacters() {
        let lines = table([["日本の歌", "3", "x"], ["Ode", "12", "y"]]).lines()
        #expect(lines == ["TITLE      N  ID", "日本の歌   3  x", "Ode       12  y"])
    }

    @Test func theFlexibleColumnGivesWay() {
        let lines = table([["A very long title of a playlist", "3", "0123456789"]]).lines(width: 30)
        #expect(lines[1] == "A very long ti…  3  0123456789")
        #expect(lines.allSatisfy { $0.columns <= 30 })
    }

    @Test func keepsSomethingOfTheFlexibleColumn() {
        #expect(table([["A very long title", "3", "0123456789"]]).lines(width: 5)[1] == "A very …  3  0123456789")
    }

    @Test func aCellStaysOneLine() {
        #expect(table([["a\nb", "1", "c"]]).lines().count == 2)
    }

    @Test func coloursOnlyWhenAsked() {
        #expect(table([]).lines(style: Style(isColoured: true)) == ["\u{1B}[1mTITLE  N  ID\u{1B}[0m"])
    }

    @Test(arguments: [
        (0, 0.0, "[------------------------]   0 %  0 B of 2.0 MB  x"),
        (1_000_000, 2.0, "[############------------]  50 %  1.0 MB of 2.0 MB  500.0 kB/s  x"),
        (2_000_000, 4.0, "[########################] 100 %  2.0 MB of 2.0 MB  500.0 kB/s  x"),
    ])
    func drawsProgress(_ done: Int, _ seconds: Double, _ line: String) {
        let bar = ProgressBar(total: 2_000_000, label: "x")
        #expect(bar.line(done: done, elapsed: .seconds(seconds), width: 100) == line)
        #expect(bar.line(done: done, elapsed: .seconds(seconds), width: 20).columns == 19)
    }

    @Test func anEmptyTransferIsNoDivisionByZero() {
        #expect(ProgressBar(total: 0).line(done: 0, elapsed: .zero, width: 80).hasPrefix("[----"))
    }
}
