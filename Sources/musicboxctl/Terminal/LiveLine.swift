/// The last line of a terminal, rewritten in place; what is printed meanwhile goes above it.
///
/// On anything but a terminal nothing live is shown.
struct LiveLine {
    private static let eraseLine = "\r\u{1B}[K"

    let file: FileOutput
    private let isLive: Bool
    private var shown = ""

    init(file: FileOutput) {
        self.file = file
        isLive = file.isTerminal
    }

    var width: Int? { isLive ? file.columns ?? 80 : nil }

    mutating func show(_ text: @autoclosure () -> String) {
        guard isLive else { return }
        let text = text()
        guard text != shown else { return }
        file.write(Self.eraseLine + text)
        shown = text
    }

    /// Prints a line that stays to `target`, which may be another descriptor of the same terminal.
    mutating func print(_ text: String, to target: FileOutput) {
        let live = shown
        clear()
        target.write(text + "\n")
        if !live.isEmpty { show(live) }
    }

    mutating func clear() {
        guard !shown.isEmpty else { return }
        file.write(Self.eraseLine)
        shown = ""
    }
}
