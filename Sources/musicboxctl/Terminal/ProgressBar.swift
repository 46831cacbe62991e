/// One line that shows how far a transfer is: `[######------]  52 %  12.3 MB of 23.6 MB  3.4 MB/s  03 Song.mp3`.
struct ProgressBar {
    static let cells = 24

    var total: Int
    var label = ""

    /// - Parameters:
    ///   - done: bytes that are through.
    ///   - elapsed: time since the transfer began; without it no rate is shown.
    ///   - width: columns of the terminal. The line stays one short, since some wrap after the last.
    func line(done: Int, elapsed: Duration, width: Int) -> String {
        let fraction = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
        let filled = Int(fraction * Double(Self.cells))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.cells - filled)
        let percent = "\(Int(fraction * 100)) %".padded(to: 5, onLeft: true)
        var line = "[\(bar)] \(percent)  \(ByteText.text(done)) of \(ByteText.text(total))"
        let seconds = elapsed / .seconds(1)
        // The first moments say nothing about the rate.
        if seconds >= 0.5 { line += "  \(ByteText.text(Int(Double(done) / seconds)))/s" }
        if !label.isEmpty { line += "  \(label.printable)" }
        return line.truncated(to: max(0, width - 1))
    }
}
