/// Rows in aligned columns, each as wide as its widest cell.
///
/// When a width is given and the rows do not fit, the flexible column gives way; it never gets narrower than 8 columns.
struct Table {
    struct Column {
        var title: String
        var isNumeric = false
        var isFlexible = false
    }

    private static let gap = "  "
    private static let narrowest = 8

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row of as many cells as there are columns; control characters in them become spaces.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row needs a cell for each column")
        rows.append(cells.map(\.printable))
    }

    func lines(width: Int? = nil, style: Style = Style(isColoured: false)) -> [String] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.columns) { max($0, $1[index].columns) }
        }
        if let width, let flexible = columns.firstIndex(where: \.isFlexible) {
            let excess = widths.reduce(Self.gap.count * (columns.count - 1), +) - width
            if excess > 0 {
                widths[flexible] = max(min(widths[flexible], Self.narrowest), widths[flexible] - excess)
            }
        }
        let header = style(line(columns.map(\.title), widths: widths), .bold)
        return [header] + rows.map { line($0, widths: widths) }
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        let padded = cells.indices.map { index in
            let cell = cells[index].truncated(to: widths[index])
            // No blanks at the end of a line: they wrap on narrow terminals.
            guard index < cells.count - 1 || columns[index].isNumeric else { return cell }
            return cell.padded(to: widths[index], onLeft: columns[index].isNumeric)
        }
        return padded.joined(separator: Self.gap)
    }
}
