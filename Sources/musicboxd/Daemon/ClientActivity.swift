import Synchronization

/// That clients ask for something, and when they have stopped.
final class ClientActivity: Sendable {
    private let count = Atomic(0)
    private let bursts: AsyncStream<Void>
    private let burst: AsyncStream<Void>.Continuation

    init() {
        (bursts, burst) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A client asks for something.
    func note() {
        count.add(1, ordering: .releasing)
        burst.yield()
    }

    /// Calls `body` each time clients have stopped for one `pause`, until cancelled. One caller.
    func whenQuiet(pause: () async throws -> Void, _ body: () -> Void) async {
        var seen = 0
        for await _ in bursts where count.load(ordering: .acquiring) != seen {
            repeat {
                seen = count.load(ordering: .acquiring)
                do { try await pause() } catch { return }
            } while count.load(ordering: .acquiring) != seen
            body()
        }
    }
}
