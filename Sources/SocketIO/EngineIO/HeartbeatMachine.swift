import NIOCore

/// The life of an Engine.IO session without I/O and with time given from outside: the server pings, the client must
/// answer in time, the first wrong packet ends it.
struct HeartbeatMachine {
    enum State: Equatable {
        /// Can transition to: awaitingPong, closed.
        case idle(pingAt: NIODeadline)
        /// Can transition to: idle, closed.
        case awaitingPong(until: NIODeadline)
        /// The end.
        case closed
    }

    enum Action: Equatable {
        case none
        case sendPing
        case deliverText(ByteBuffer)
        case deliverBinary(ByteBuffer)
        case close(DisconnectReason)
    }

    private let pingInterval: TimeAmount
    private let pingTimeout: TimeAmount
    private(set) var state: State

    init(pingInterval: TimeAmount, pingTimeout: TimeAmount, now: NIODeadline) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        state = .idle(pingAt: now + pingInterval)
    }

    /// When ``timeReached(_:isReadingPaused:)`` wants to be called; nil when closed.
    var deadline: NIODeadline? {
        switch state {
        case .idle(let time), .awaitingPong(let time): time
        case .closed: nil
        }
    }

    mutating func received(_ packet: EnginePacket, now: NIODeadline) -> Action {
        switch (state, packet) {
        case (.closed, _):
            return .none
        case (.awaitingPong, .pong):
            // Even when it is late: what was stuck in a stalled loop or a sleeping machine shows a living client.
            state = .idle(pingAt: now + pingInterval)
            return .none
        case (.awaitingPong(let deadline), _) where now >= deadline:
            // The timer may be late on a busy loop; the deadline is not.
            return close(.pingTimeout)
        case (_, .pong), (_, .noop):
            return .none
        case (_, .text(let payload)):
            return .deliverText(payload)
        case (_, .binary(let payload)):
            return .deliverBinary(payload)
        case (_, .close):
            return close(.transportClose)
        case (_, .invalid):
            return close(.parseError)
        }
    }

    /// - Parameter isReadingPaused: We have stopped reading from this client, so its pong may lie unread: it gets
    ///   more time instead of being punished for our slowness.
    mutating func timeReached(_ now: NIODeadline, isReadingPaused: Bool) -> Action {
        switch state {
        case .idle(let pingAt) where now >= pingAt:
            // Counted from when the ping was due, for clients count too. A loop that was stalled leaves them half of it.
            state = .awaitingPong(until: max(pingAt + pingTimeout, now + .nanoseconds(pingTimeout.nanoseconds / 2)))
            return .sendPing
        case .awaitingPong(let deadline) where now >= deadline:
            guard !isReadingPaused else {
                state = .awaitingPong(until: now + pingTimeout)
                return .none
            }
            return close(.pingTimeout)
        default:
            return .none
        }
    }

    mutating func close() {
        state = .closed
    }

    private mutating func close(_ reason: DisconnectReason) -> Action {
        state = .closed
        return .close(reason)
    }
}
