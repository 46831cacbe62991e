/// A place for work that blocks (disks, hashing, decoding): never the cooperative pool.
package protocol FileWork: Sendable {
    /// Runs `work` on a thread that may block, and returns what it returned or threw.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result
}
