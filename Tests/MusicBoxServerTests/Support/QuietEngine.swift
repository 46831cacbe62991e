import Foundation
import MusicBox
import Synchronization

/// A sound engine without sound: it remembers what was loaded.
final class QuietEngine: SoundEngine {
    private let state = Mutex<(loads: [PlayRequest], position: SoundPosition?)>(([], nil))

    var loads: [PlayRequest] { state.withLock(\.loads) }

    var position: SoundPosition? {
        get { state.withLock(\.position) }
        set { state.withLock { $0.position = newValue } }
    }

    func load(_ request: PlayRequest) { state.withLock { $0.loads.append(request) } }
    func prepareNext(_ request: PlayRequest?) {}
    func pause() {}
    func resume() {}
    func stop() {}
    func seek(toMs positionMs: Int) {}
    func setVolume(_ volume: Int, muted: Bool) {}
    func setSpeed(_ speed: Double) {}
    func fade(overMs: Int?) {}
}

/// Time that stands still.
struct StandingTime: TimeSource {
    let now = ContinuousClock.now
    let wallMilliseconds = 1_700_000_000_000
    let monotonicNanoseconds: UInt64 = 1_000_000_000

    /// Returns only when cancelled, unless the moment has come.
    func sleep(until instant: ContinuousClock.Instant) async throws {
        guard instant > now else { return }
        let (never, continuation) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        continuation.finish()
        throw CancellationError()
    }
}

/// Blocking work on a thread of its own.
struct ThreadWork: FileWork {
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
        }
    }
}
