import FoundationEssentials
import MusicBoxAPI

/// One text frame of a Socket.IO v5 connection over Engine.IO v4, as far as a client of the main namespace gets to see
/// any: https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/.
enum SocketPacket: Equatable {
    /// Engine.IO handshake: the server pings every `pingInterval` and waits `pingTimeout` for the pong; milliseconds.
    case open(pingInterval: Int, pingTimeout: Int)
    case close
    case ping
    case noop
    /// The namespace was joined.
    case connected
    case refused(message: String)
    /// The server put us out of the namespace.
    case disconnected
    /// `payload` is the first argument, null when there is none; the contract's events have one.
    case event(name: String, payload: JSONValue)
    /// Something valid that a listener does not need: acknowledgements, binary events.
    case other

    struct Malformed: Error, Equatable {}

    init(parsing text: String) throws(Malformed) {
        let rest = text.dropFirst()
        switch text.first {
        case "0":
            let handshake = try Self.json(rest)
            guard let interval = handshake["pingInterval"]?.int, let timeout = handshake["pingTimeout"]?.int,
                interval > 0, timeout > 0
            else { throw Malformed() }
            self = .open(pingInterval: interval, pingTimeout: timeout)
        case "1": self = .close
        case "2": self = .ping
        case "4": try self.init(message: rest)
        case "6": self = .noop
        default: throw Malformed()
        }
    }

    private init(message: Substring) throws(Malformed) {
        let body = message.dropFirst()
        // No other namespace was joined, so none can be named; an event may carry an ack id, which nobody here answers.
        switch message.first {
        case "0": self = .connected
        case "1": self = .disconnected
        case "2":
            let arguments = try Self.json(body.drop { ("0"..."9").contains($0) })
            guard let list = arguments.array, let name = list.first?.string else { throw Malformed() }
            self = .event(name: name, payload: list.count > 1 ? list[1] : .null)
        case "3", "5", "6": self = .other
        case "4": self = .refused(message: try Self.json(body)["message"]?.string ?? "no reason given")
        default: throw Malformed()
        }
    }

    private static func json(_ text: Substring) throws(Malformed) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            throw Malformed()
        }
    }

    /// An event for the server, as it goes on the wire.
    static func text(event name: String, payload: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSONValue holds nothing that JSON cannot say, but for infinite numbers, which no caller sends.
        let arguments = (try? encoder.encode(JSONValue.array([.string(name), payload]))) ?? Data()
        return "42" + String(decoding: arguments, as: UTF8.self)
    }
}
