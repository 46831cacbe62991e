import MusicBoxAPI

/// The client's side of one Socket.IO session: frames in, actions out. The channel handler carries them out.
struct SocketSession {
    enum State: Equatable {
        /// Can transition to `.joining`, `.ended`.
        case handshake
        /// Can transition to `.connected`, `.ended`.
        case joining
        /// Can transition to `.ended`.
        case connected
        case ended
    }

    enum Action: Equatable {
        case send(String)
        /// Nothing heard for so many milliseconds means that the server is gone.
        case expectWithin(milliseconds: Int)
        case deliver(SocketEvent)
        case end(SocketFailure)
    }

    private(set) var state = State.handshake

    mutating func receive(_ text: String) -> [Action] {
        guard state != .ended else { return [] }
        guard let packet = try? SocketPacket(parsing: text) else { return end(.malformed) }
        switch (packet, state) {
        case (.open(let interval, let timeout), .handshake):
            state = .joining
            return [.expectWithin(milliseconds: interval + timeout), .send("40")]
        case (.ping, .joining), (.ping, .connected):
            return [.send("3")]
        case (.connected, .joining):
            state = .connected
            return [.deliver(.connected)]
        case (.refused(let message), .joining):
            return end(.refused(message))
        case (.event(let name, let payload), .connected):
            return [.deliver(.event(name: name, payload: payload))]
        case (.close, _), (.disconnected, .connected):
            return end(.closed)
        case (.noop, _), (.other, .connected):
            return []
        case (.event, .joining):
            // python-socketio sends what a connect handler emits before the answer to CONNECT.
            return []
        default:
            return end(.malformed)
        }
    }

    private mutating func end(_ failure: SocketFailure) -> [Action] {
        state = .ended
        return [.end(failure)]
    }
}

/// What a Socket.IO connection brings.
enum SocketEvent: Equatable, Sendable {
    case connected
    case event(name: String, payload: JSONValue)
}

/// Why a Socket.IO connection ended.
enum SocketFailure: Error, Equatable, CustomStringConvertible {
    case closed
    case silent
    case malformed
    case refused(String)

    var description: String {
        switch self {
        case .closed: "the server closed it"
        case .silent: "the server fell silent"
        case .malformed: "the server does not speak Socket.IO 5"
        case .refused(let message): "the server refused: \(message)"
        }
    }
}
