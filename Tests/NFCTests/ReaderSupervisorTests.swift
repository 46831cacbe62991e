import Glibc
import Logging
import Testing

@testable import NFC

private let a = TagID("04a1b2c3")!

/// A supervisor with a shell script for a reader, and its events one by one.
private struct Scripted {
    let supervisor: ReaderSupervisor
    let directory: String
    private var iterator: AsyncStream<ReaderEvent>.Iterator

    /// `$D` in the script is a directory of its own.
    init(_ script: String, _ change: (inout ReaderConfiguration) -> Void = { _ in }) {
        var template = Array("/tmp/reader-test-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        var configuration = ReaderConfiguration(
            command: ["/bin/sh", "-c", "D=\(directory); \(script)"],
            startTimeout: .seconds(30),
            heartbeatTimeout: .seconds(30),
            restartDelay: .milliseconds(10)
        )
        change(&configuration)
        supervisor = ReaderSupervisor(configuration: configuration, logger: Logger(label: "test"))
        iterator = supervisor.events.makeAsyncIterator()
    }

    mutating func next() async -> ReaderEvent? { await iterator.next(isolation: #isolation) }

    mutating func nextTag() async -> TagEvent? {
        while let event = await next() {
            if case .tag(let tag) = event { return tag }
        }
        return nil
    }

    /// The process ids that the script wrote to `$D/name`.
    func processes(_ name: String) -> [pid_t] {
        guard let file = fopen("\(directory)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var result: [pid_t] = []
        var pid: pid_t = 0
        while withUnsafeMutablePointer(to: &pid, { withVaList([$0]) { vfscanf(file, "%d", $0) } }) == 1 {
            result.append(pid)
        }
        return result
    }

    /// Whether a process that is no child of ours still runs; a zombie, whose own parent is gone, does not.
    static func runs(_ pid: pid_t) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var state: CChar = 0
        let fields = withUnsafeMutablePointer(to: &state) { withVaList([$0]) { vfscanf(file, "%*d %*s %c", $0) } }
        return fields == 1 && state != CChar(UInt8(ascii: "Z"))
    }
}

/// Runs the body beside the supervisor, then ends the supervisor and waits for it.
private func running(_ scripted: Scripted, _ body: (inout Scripted) async throws -> Void) async rethrows {
    var scripted = scripted
    let supervisor = scripted.supervisor
    let run = Task { await supervisor.run() }
    try await body(&scripted)
    run.cancel()
    await run.value
    // The stream ends with it.
    while await scripted.next() != nil {}
    // Nothing that it started is left: its children not even as zombies, their helpers as soon as the kernel gets to it.
    for pid in scripted.processes("pids") { #expect(kill(pid, 0) != 0, "process \(pid) is still there") }
    for pid in scripted.processes("helpers") {
        while Scripted.runs(pid) { await Task.yield() }
    }
    for name in ["pids", "helpers", "again"] { unlink("\(scripted.directory)/\(name)") }
    rmdir(scripted.directory)
}

@Suite(.timeLimit(.minutes(1))) struct ReaderSupervisorTests {
    /// Lives until its input ends.
    private static let stay = "cat >/dev/null"

    @Test func tellsWhatTheReaderSays() async {
        let script = "echo $$ >$D/pids; echo ready shell; echo placed 04:A1:B2:C3; echo removed 04a1b2c3; \(Self.stay)"
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "shell")))
            let before = MonotonicTime.nanoseconds()
            guard case .tag(.placed(a, let seenAt)) = await scripted.next() else {
                Issue.record("no tag was placed")
                return
            }
            #expect(seenAt <= max(before, MonotonicTime.nanoseconds()))
            #expect(await scripted.next() == .tag(.removed(a)))
        }
    }

    @Test func hearsLinesInPiecesAndSkipsRubbish() async {
        let script = """
            printf 'rea'; printf 'dy x\\npla'; printf 'ced 04a1b2c3\\r\\n'; echo nonsense; printf '\\377\\0\\n'
            head -c 100000 /dev/zero | tr '\\0' x; echo; echo removed 04a1b2c3; \(Self.stay)
            """
        await running(Scripted(script)) { scripted in
            guard case .placed(a, _) = await scripted.nextTag() else {
                Issue.record("no tag was placed")
                return
            }
            #expect(await scripted.nextTag() == .removed(a))
        }
    }

    @Test func aCrashKeepsTheTag() async {
        // Dies of SIGSEGV with the tag placed, comes back with it, and only then the tag is lifted.
        let script = """
            echo $$ >>$D/pids; echo ready x; echo placed 04a1b2c3
            if [ -e $D/again ]; then echo removed 04a1b2c3; \(Self.stay); else touch $D/again; kill -SEGV $$; fi
            """
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
            guard case .tag(.placed(a, _)) = await scripted.next() else {
                Issue.record("no tag was placed")
                return
            }
            #expect(await scripted.next() == .state(.failed(reason: "the reader program died of signal 11")))
            #expect(await scripted.next() == .state(.ready(name: "x")))
            #expect(await scripted.next() == .tag(.removed(a)))
            #expect(scripted.processes("pids").count == 2)
        }
    }

    @Test func aTagThatDoesNotComeBackIsRemoved() async {
        let script = """
            echo ready x; if [ -e $D/again ]; then \(Self.stay); fi; touch $D/again; echo placed 04a1b2c3; exit 74
            """
        await running(Scripted(script, { $0.returnGrace = .milliseconds(50) })) { scripted in
            guard case .placed(a, _) = await scripted.nextTag() else {
                Issue.record("no tag was placed")
                return
            }
            #expect(await scripted.nextTag() == .removed(a))
        }
    }

    @Test func aHungReaderIsKilledWithItsHelpers() async {
        let script = """
            trap '' TERM HUP; sleep 1000 & echo $$ >>$D/pids; echo $! >>$D/helpers; echo ready x; [ -e $D/again ] || { touch $D/again; wait; }
            \(Self.stay)
            """
        await running(Scripted(script, { $0.heartbeatTimeout = .seconds(1) })) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
            let reason = "the reader was silent for 1.0 seconds and was restarted"
            #expect(await scripted.next() == .state(.failed(reason: reason)))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func aReaderThatIgnoresItsEndIsKilled() async {
        let script = "trap '' TERM; echo $$ >$D/pids; echo ready x; while :; do sleep 1000; done"
        await running(Scripted(script, { $0.endGrace = .milliseconds(50) })) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func aReaderThatClosesItsOutputIsRestarted() async {
        let script = """
            echo $$ >>$D/pids; echo ready x; [ -e $D/again ] || { touch $D/again; exec >&-; sleep 1000; }; \(Self.stay)
            """
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
            #expect(await scripted.next() == .state(.failed(reason: "the reader program died of signal 9")))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func theExitCodeOfAMissingReaderIsUnderstood() async {
        await running(Scripted("exit 69")) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.missing(reason: "the reader program found no reader")))
        }
    }

    @Test(arguments: [["/nonexistent/reader"], ["nonexistent-reader"], []])
    func aProgramThatCannotRunIsNamed(command: [String]) async {
        await running(Scripted("", { $0.command = command })) { scripted in
            #expect(await scripted.next() == .state(.starting))
            guard case .state(.failed(let reason)) = await scripted.next() else {
                Issue.record("no failure was told")
                return
            }
            #expect(reason.contains(command.first ?? "nfc.command"))
        }
    }

    @Test func aFloodOfErrorsHoldsNothingUp() async {
        let script =
            "head -c 3000000 /dev/zero | tr '\\0' '\\n' >&2; yes oops | head -100000 >&2; echo ready x; \(Self.stay)"
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func endsAtOnceWhenCancelledBeforeItRuns() async {
        let scripted = Scripted(Self.stay)
        defer { rmdir(scripted.directory) }
        let supervisor = scripted.supervisor
        let run = Task {
            while !Task.isCancelled { await Task.yield() }
            await supervisor.run()
        }
        run.cancel()
        await run.value
    }
}
