/// A place for work that blocks (disks, hashing, decoding): never the cooperative pool.
package protocol FileWork: Sendable {
    /// Runs `work` on a thread that may block, and returns what it returned or threw.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result
}

extension FileWork {
    /// Runs `work` also when the calling task was cancelled, and whatever becomes of it: for tidying up.
    func tidyUp(_ work: @escaping @Sendable () -> Void) async {
        await Task { try? await run(work) }.value
    }
}
