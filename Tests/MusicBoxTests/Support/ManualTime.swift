import MusicBox
import Synchronization

/// Time that passes only when a test says so.
final class ManualTime: TimeSource {
    private struct State {
        var passed: Duration = .zero
        var nextID = 0
        var sleepers: [Int: (until: ContinuousClock.Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var watcher: CheckedContinuation<ContinuousClock.Instant, Never>?
    }

    /// Milliseconds since 1970 at the start.
    static let epoch = 1_700_000_000_000

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    var now: ContinuousClock.Instant { start + passed }
    var passed: Duration { state.withLock(\.passed) }
    var wallMilliseconds: Int { Self.epoch + Int(passed / .milliseconds(1)) }
    var monotonicNanoseconds: UInt64 { UInt64(passed / .nanoseconds(1)) }

    func sleep(until instant: ContinuousClock.Instant) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let watcher: CheckedContinuation<ContinuousClock.Instant, Never>? = state.withLock { state in
                    // Below the lock, so that a cancellation comes either before this or finds the sleeper.
                    if Task.isCancelled {
                        continuation.resume(throwing: CancellationError())
                        return nil
                    }
                    guard instant > start + state.passed else {
                        continuation.resume()
                        return nil
                    }
                    state.sleepers[id] = (instant, continuation)
                    defer { state.watcher = nil }
                    return state.watcher
                }
                watcher?.resume(returning: instant)
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) { advance(to: now + duration) }

    func advance(to instant: ContinuousClock.Instant) {
        let due = state.withLock { state in
            state.passed = max(state.passed, instant - start)
            let due = state.sleepers.filter { $0.value.until <= instant }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// When the first one who sleeps wants to be woken; waits until somebody sleeps. One caller at a time.
    func nextAlarm() async -> ContinuousClock.Instant {
        await withCheckedContinuation { continuation in
            let first: ContinuousClock.Instant? = state.withLock { state in
                let first = state.sleepers.values.map(\.until).min()
                if first == nil { state.watcher = continuation }
                return first
            }
            if let first { continuation.resume(returning: first) }
        }
    }

    /// Lets time pass until the next one who sleeps wakes.
    func advanceToNextAlarm() async { advance(to: await nextAlarm()) }
}
