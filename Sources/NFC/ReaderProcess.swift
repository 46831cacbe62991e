import Logging
import Subprocess

/// Runs one reader process from start to end and hands on what it says, piece by piece as it arrives.
///
/// The child has its own process group: a Ctrl-C meant for the daemon does not reach it, and helpers that a script
/// started die with it. Its input is a pipe that nothing is written to; when the daemon goes, for whatever reason, the
/// kernel closes it, and the child sees the end of its input.
struct ReaderProcess: Sendable {
    /// What the supervisor may ask of a running child.
    enum Request: Sendable {
        case closeInput
        case kill
    }

    let command: [String]
    let logger: Logger
    let clock: ElapsedClock

    /// Returns when the child is gone and reaped; all its lines were handed on before.
    ///
    /// `hear` is awaited for each piece, so a child that talks faster than it is heard waits in its own write.
    func run(
        requests: AsyncStream<Request>,
        hear: @escaping @Sendable (LineSplitter.Piece) async -> Void
    ) async -> SupervisorMachine.ChildEnd {
        guard let program = command.first else { return .notStarted("the reader command is empty; set nfc.command") }
        var options = PlatformOptions()
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                program.contains("/") ? .path(Self.literal(program)) : .name(program),
                arguments: Arguments(Array(command.dropFirst())),
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .sequence
            ) { child in
                await withTaskGroup { group in
                    group.addTask { await serve(requests, of: child) }
                    group.addTask { await logErrors(of: child) }
                    var splitter = LineSplitter()
                    var output = child.standardOutput.makeAsyncIterator()
                    // A failed read is an end like any other: nothing more will be heard.
                    while let buffer = try? await output.next() {
                        for piece in buffer.withUnsafeBytes({ splitter.append($0) }) { await hear(piece) }
                    }
                    // A reader that closed its output is of no use any more, even if it goes on running. One that is
                    // just ending keeps its exit code: the kernel ignores signals to a process that is exiting.
                    try? child.send(signal: .kill, toProcessGroup: true)
                    group.cancelAll()
                }
            }
            return switch result.terminationStatus {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signalled(signal)
            }
        } catch {
            return .notStarted("cannot run the reader \(program): \(error)")
        }
    }

    /// Makes Subprocess's `FilePath`, whose own initialiser would take a direct dependency on swift-system.
    private static func literal<Path: ExpressibleByStringLiteral>(_ path: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: path)
    }

    private func serve(
        _ requests: AsyncStream<Request>,
        of child: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>
    ) async {
        for await request in requests {
            switch request {
            case .closeInput: try? await child.standardInputWriter.finish()
            case .kill: try? child.send(signal: .kill, toProcessGroup: true)
            }
        }
    }

    /// Logs what the child and its libraries print, cut to short lines and at a limited rate.
    private func logErrors(of child: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>) async {
        var splitter = LineSplitter()
        var limit = RateLimit(limit: 20, per: .seconds(10))
        var errors = child.standardError.makeAsyncIterator()
        while let buffer = try? await errors.next() {
            for case .line(let text) in buffer.withUnsafeBytes({ splitter.append($0) }) {
                guard let suppressed = limit.pass(at: clock.now()) else { continue }
                logger.debug(
                    "Reader wrote to its standard error",
                    metadata: ["text": "\(text)", "suppressed": "\(suppressed)"]
                )
            }
        }
    }
}
