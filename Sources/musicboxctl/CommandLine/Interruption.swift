import Dispatch
import Glibc

/// Runs a command that takes long so that SIGINT and SIGTERM cancel it instead of killing it: it can tidy up.
///
/// A second signal ends the program at once.
func cancelledBySignals<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task { try await operation() }
    let sources = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            if task.isCancelled { _exit(CtlError.Code.interrupted.rawValue) }
            task.cancel()
        }
        source.resume()
        return source
    }
    defer { sources.forEach { $0.cancel() } }
    return try await task.value
}

/// Runs `operation` to its end even when the calling task is cancelled: for tidying up.
func shielded(_ operation: @escaping @Sendable () async -> Void) async {
    await Task { await operation() }.value
}
