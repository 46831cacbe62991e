import Synchronization

/// Hands every event, numbered, to every subscriber. Publishing never waits: each subscriber has a bounded queue of
/// its own (see ``EventSubscription``), so a slow one harms itself alone.
package final class EventHub: Sendable {
    private struct State {
        var subscriptions: [ObjectIdentifier: EventSubscription] = [:]
        var currentSeq: Int
        var runPrefix: String
        var count = 0
        var positionAudience: (@Sendable () -> Bool)?
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - currentSeq: the number of the last event before this run.
    ///   - run: tells the event ids of this run from those of every other.
    package init(currentSeq: Int, run: String) {
        state = Mutex(State(currentSeq: currentSeq, runPrefix: run))
    }

    /// The number of the newest event.
    package var currentSeq: Int { state.withLock { $0.currentSeq } }

    /// Whether anybody would see a position now. Five times a second for nobody would be most of what the box does while it
    /// plays.
    package var hasPositionAudience: Bool {
        let (audience, isHeard) = state.withLock { ($0.positionAudience, !$0.subscriptions.isEmpty) }
        return isHeard && audience?() ?? true
    }

    /// - Parameter isThere: asked from any thread before a position is made; must not block. Who turns it true tells the box
    ///   (``MusicBox/audienceCame()``).
    package func setPositionAudience(_ isThere: @escaping @Sendable () -> Bool) {
        state.withLock { $0.positionAudience = isThere }
    }

    /// - Parameters:
    ///   - serverSeq: the event's number; nil for an event that takes none of its own.
    ///   - timestampMs: milliseconds since 1970.
    package func publish(_ event: BoxEvent, serverSeq: Int?, timestampMs: Int) {
        let (sequenced, subscriptions) = state.withLock { state in
            state.count += 1
            if let serverSeq { state.currentSeq = serverSeq }
            let sequenced = SequencedEvent(
                event: event,
                serverSeq: state.currentSeq,
                timestampMs: timestampMs,
                eventID: "\(state.runPrefix)-\(state.count)"
            )
            return (sequenced, Array(state.subscriptions.values))
        }
        for subscription in subscriptions { subscription.offer(sequenced) }
    }

    /// Every event from now on.
    package func subscribe(limit: Int = 1_024) -> EventSubscription {
        let subscription = EventSubscription(limit: limit)
        state.withLock { $0.subscriptions[ObjectIdentifier(subscription)] = subscription }
        return subscription
    }

    package func unsubscribe(_ subscription: EventSubscription) {
        _ = state.withLock { $0.subscriptions.removeValue(forKey: ObjectIdentifier(subscription)) }
        subscription.end()
    }
}
