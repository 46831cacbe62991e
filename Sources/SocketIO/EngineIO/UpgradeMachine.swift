import NIOCore

/// How a WebSocket takes over from polling: it is probed, then told to go on; without I/O. The client may send its half
/// at once, without waiting for the answer to its probe.
struct UpgradeMachine {
    enum State: Equatable {
        /// Can transition to: probing.
        case none
        /// A WebSocket is there and has said nothing yet. Can transition to: probed, none.
        case probing
        /// Can transition to: done, none.
        case probed
        /// The end.
        case done
    }

    enum Action: Equatable {
        /// The probe is to be answered, and polls are to end.
        case probed
        /// The WebSocket carries the session from here on.
        case completed
        /// Not what comes in an upgrade: the WebSocket is to be closed, and polling goes on.
        case failed
    }

    private(set) var state: State = .none

    /// - Returns: False while another WebSocket tries, or when one has done it.
    mutating func begin() -> Bool {
        guard state == .none else { return false }
        state = .probing
        return true
    }

    mutating func received(_ text: ByteBuffer) -> Action {
        switch (state, String(buffer: text)) {
        case (.probing, "2probe"):
            state = .probed
            return .probed
        case (.probed, "5"):
            state = .done
            return .completed
        default:
            return .failed
        }
    }

    /// The WebSocket is gone; another one may try.
    mutating func reset() {
        if state != .done { state = .none }
    }
}
