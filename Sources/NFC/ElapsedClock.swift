/// A clock without its type: time since this value was made, and sleeping until such a time.
struct ElapsedClock: Sendable {
    /// Time since the value was made.
    let now: @Sendable () -> Duration
    /// Sleeps until that much time has passed since the value was made; throws when the task is cancelled.
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: origin.advanced(by: $0), tolerance: .zero) }
    }
}
