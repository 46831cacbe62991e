import FoundationEssentials
import MusicBoxAPI
import NIOCore
import SocketIO

/// The gateway without Socket.IO (contract, section 5): one JSON object in each text frame.
///
/// A client names its event in `event`, beside the event's fields. The server's `state:*` events are their envelope, which
/// has the name in it; every other is its payload with the name in `event_type`.
struct PlainFormat: PacketFormat {
    private struct Head: Decodable {
        var event: String
    }

    /// The name of a frame that has none.
    static let malformed = ""

    func write(_ packet: OutgoingPacket) -> ByteBuffer? {
        guard case .event(let name, let arguments, _) = packet, let payload = arguments.values.first else { return nil }
        return name.hasPrefix("state:") ? payload : Self.named(name, payload)
    }

    func read(_ text: ByteBuffer) throws -> IncomingPacket {
        guard let fields = EventArguments(json: text), let head = try? fields.decode(Head.self) else {
            // The gateway answers it like every event that it cannot make sense of.
            return .event(name: Self.malformed, arguments: EventArguments(), acknowledgement: nil)
        }
        if head.event == "ping" { return .reply(ByteBuffer(string: #"{"event":"pong"}"#)) }
        return .event(name: head.event, arguments: fields, acknowledgement: nil)
    }

    /// The object `payload` with one more member. Names are plain text of our own.
    private static func named(_ name: String, _ payload: ByteBuffer) -> ByteBuffer {
        var rest = payload
        guard rest.readInteger(as: UInt8.self) == UInt8(ascii: "{") else { return payload }
        let isEmpty = rest.getInteger(at: rest.readerIndex, as: UInt8.self) == UInt8(ascii: "}")
        var text = ByteBuffer(string: #"{"event_type":"\#(name)""# + (isEmpty ? "" : ","))
        text.writeBuffer(&rest)
        return text
    }
}
