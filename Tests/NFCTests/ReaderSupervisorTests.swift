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

    /// Whether the next event is that the tag was placed; records an issue if not.
    mutating func places(_ tag: TagID, sourceLocation: SourceLocation = #_sourceLocation) async -> Bool {
        if case .tag(.placed(tag, _)) = await next() { return true }
        Issue.record("no tag was placed", sourceLocation: sourceLocation)
        return false
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

/// The numbers of this process's descriptors, but the one they are listed with.
private func openDescriptors() -> [String] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    var numbers: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "\(dirfd(directory))" { numbers.append(name) }
    }
    return numbers.sorted()
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
    fileprivate static let stay = "cat >/dev/null"

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
            guard await scripted.places(a) else { return }
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

    @Test func aFloodOfLinesHoldsNothingUp() async {
        await running(Scripted("echo $$ >$D/pids; echo ready x; trap '' TERM; yes alive")) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func theLastLinesAreHeard() async {
        // More than a read takes; its end is known before they have been read.
        let script = """
            if [ -e $D/again ]; then \(Self.stay); fi; touch $D/again
            echo ready x; yes alive | head -5000; echo placed 04a1b2c3; exit 74
            """
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.ready(name: "x")))
            guard await scripted.places(a) else { return }
            #expect(await scripted.next() == .state(.failed(reason: "the reader program ended with code 74")))
        }
    }

    @Test func helpersDieWithAReaderThatEnds() async {
        // The helper keeps the output open, so that only the end of the reader itself tells.
        let script = """
            echo $$ >>$D/pids; if [ -e $D/again ]; then echo ready x; \(Self.stay); fi; touch $D/again
            sleep 1000 & echo $! >$D/helpers; exit 74
            """
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.failed(reason: "the reader program ended with code 74")))
            #expect(await scripted.next() == .state(.ready(name: "x")))
        }
    }

    @Test func stopsWhileItWaitsForARestart() async {
        let change = { (configuration: inout ReaderConfiguration) in
            configuration.restartDelay = .seconds(3600)
            configuration.restartLimit = .seconds(3600)
        }
        await running(Scripted("exit 74", change)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            #expect(await scripted.next() == .state(.failed(reason: "the reader program ended with code 74")))
        }
    }

    @Test func aReaderInheritsThreeDescriptorsAndNoSignals() async {
        let own = open("/dev/null", O_RDONLY)
        // Not close-on-exec, and its number is nobody's by chance.
        let inherited = fcntl(own, F_DUPFD, 200)
        let previous = signal(SIGPIPE, SIG_IGN)
        defer {
            signal(SIGPIPE, previous)
            close(inherited)
            close(own)
        }
        // Builtins alone: each descriptor and signal is the shell's own.
        let script = """
            l=ready; n=0
            while [ $n -lt 256 ]; do if [ -e /proc/$$/fd/$n ]; then l="$l $n"; fi; n=$((n+1)); done
            while read -r k v; do case $k in SigBlk:|SigIgn:) l="$l $v";; esac; done </proc/$$/status
            echo "$l"; \(Self.stay)
            """
        await running(Scripted(script)) { scripted in
            #expect(await scripted.next() == .state(.starting))
            guard case .state(.ready(let name)) = await scripted.next() else {
                Issue.record("the reader is not ready")
                return
            }
            let words = name.split(separator: " ")
            #expect(words.dropLast(2) == ["0", "1", "2"])
            // The 31 standard signals; glibc sees to two of its own.
            #expect(words.suffix(2).map { UInt64($0, radix: 16).map { $0 & 0x7fff_ffff } } == [0, 0])
        }
    }

    @Test func leaksNoDescriptors() async {
        // In a process of its own: the other tests open and close theirs at the same time.
        await #expect(processExitsWith: .success) {
            func restartSome() async {
                let script = """
                    [ -s $D/again ] && read -r n <$D/again; n=$((${n:-0} + 1)); echo $n >$D/again; echo ready $n
                    case $n in 1) exit 74;; 2) kill -SEGV $$;; 3) exec >&-; sleep 1000;; *) \(ReaderSupervisorTests.stay);; esac
                    """
                await running(Scripted(script)) { scripted in
                    while let event = await scripted.next(), event != .state(.ready(name: "4")) {}
                }
                await running(Scripted("", { $0.command = ["/nonexistent/reader"] })) { scripted in
                    #expect(await scripted.next() == .state(.starting))
                    guard case .state(.failed) = await scripted.next() else { exit(EXIT_FAILURE) }
                }
            }
            // The first time opens what the runtime keeps.
            await restartSome()
            let before = openDescriptors()
            await restartSome()
            #expect(openDescriptors() == before)
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
