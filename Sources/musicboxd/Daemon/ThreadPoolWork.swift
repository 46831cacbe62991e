import MusicBox
import NIOPosix

/// Blocking work on a small pool of threads.
struct ThreadPoolWork: FileWork {
    private let threads: NIOThreadPool

    init(_ threads: NIOThreadPool) { self.threads = threads }

    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await threads.runIfActive(work)
    }
}
