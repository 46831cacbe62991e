import Synchronization

/// Shows how an import goes: a bar on a terminal, a line per file elsewhere. What is skipped is always a line.
final class ImportProgress: Sendable {
    private struct State {
        var bar: ProgressBar
        var live: LiveLine
        var finished = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    /// Ten pictures a second are smooth, and cost a slow terminal nothing.
    private static let interval = Duration.milliseconds(100)

    private let state: Mutex<State>
    private let start: ContinuousClock.Instant
    private let clock = ContinuousClock()
    private let file: FileOutput

    /// - Parameter total: bytes of all files of the import.
    init(total: Int, file: FileOutput) {
        self.file = file
        start = clock.now
        state = Mutex(State(bar: ProgressBar(total: total), live: LiveLine(file: file)))
    }

    func begin(_ audioFile: AudioFile) {
        state.withLock { state in
            state.bar.label = audioFile.name
            if !file.isTerminal { file.write("\(audioFile.name.printable) (\(ByteText.text(audioFile.size)))\n") }
            draw(&state, current: 0, force: true)
        }
    }

    /// `done` bytes of the file that was begun last are through.
    func advance(to done: Int) {
        state.withLock { draw(&$0, current: done, force: false) }
    }

    /// The file that was begun last is done with, sent or not.
    func finish(_ audioFile: AudioFile) {
        state.withLock { state in
            state.finished += audioFile.size
            draw(&state, current: 0, force: true)
        }
    }

    func skipped(_ skipped: SkippedFile) {
        remark("skipped \(skipped.file): \(skipped.reason)")
    }

    func remark(_ text: String) {
        state.withLock { $0.live.print(text.printable, to: file) }
    }

    func end() {
        state.withLock { $0.live.clear() }
    }

    private func draw(_ state: inout State, current: Int, force: Bool) {
        let now = clock.now
        guard let width = state.live.width else { return }
        if !force, let last = state.lastDrawn, last.duration(to: now) < Self.interval { return }
        state.lastDrawn = now
        state.live.show(
            state.bar.line(done: state.finished + current, elapsed: start.duration(to: now), width: width)
        )
    }
}
