package import Logging

/// Syncs the library by itself: some time after the start, and whenever the media directory has changed and then rested.
package struct SyncSchedule: Sendable {
    /// After the start, when a child may be waiting for the first sound, there is time for this later.
    static let firstAfter: Duration = .seconds(15)
    static let quiet: Duration = .seconds(3)
    static let limit: Duration = .seconds(30)
    /// What is left to the next sync gets one.
    static let again: Duration = .seconds(60)

    private let sync: LibrarySync
    private let time: any TimeSource
    private let logger: Logger

    package init(sync: LibrarySync, time: any TimeSource, logger: Logger) {
        self.sync = sync
        self.time = time
        self.logger = logger
    }

    private enum Signal: Sendable {
        case changed
        case rang
    }

    /// Works until cancelled.
    ///
    /// - Parameter changes: one element per change, or for several of them.
    package func run(changes: some AsyncSequence<Void, Never> & Sendable) async {
        let (signals, sink) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(16))
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in changes { sink.yield(.changed) } }
            var period = QuietPeriod(quiet: Self.quiet, limit: Self.limit)
            var appointment: ContinuousClock.Instant? = time.now + Self.firstAfter
            func arm() {
                guard let due = [period.due, appointment].compactMap(\.self).min() else { return }
                let time = time
                group.addTask {
                    do { try await time.sleep(until: due) } catch { return }
                    sink.yield(.rang)
                }
            }
            arm()
            for await signal in signals {
                let now = time.now
                if case .changed = signal {
                    let wasQuiet = period.due == nil
                    period.noteChange(at: now)
                    if wasQuiet { arm() }
                    continue
                }
                let isAppointed = appointment.map { $0 <= now } ?? false
                if period.take(at: now) || isAppointed {
                    appointment = nil
                    if await isIncomplete() { appointment = time.now + Self.again }
                }
                arm()
            }
            group.cancelAll()
        }
    }

    /// - Returns: whether something was left for the next time.
    private func isIncomplete() async -> Bool {
        do {
            return try await sync.sync().unfinished > 0
        } catch {
            logger.warning("The library could not be synced", metadata: ["error": "\(error)"])
            return true
        }
    }
}
