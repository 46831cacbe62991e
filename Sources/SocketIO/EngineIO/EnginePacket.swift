import NIOCore

/// One packet of Engine.IO 4 as a client may send it. In text frames the first character is the type; binary frames
/// are messages without a type.
enum EnginePacket: Equatable {
    case close
    case pong
    case text(ByteBuffer)
    case binary(ByteBuffer)
    case noop
    /// Nothing a client may send here: an unknown or missing type, a ping, an upgrade outside of a probe.
    case invalid

    init(text frame: ByteBuffer) {
        var payload = frame
        switch payload.readInteger(as: UInt8.self) {
        case UInt8(ascii: "1"): self = .close
        case UInt8(ascii: "3"): self = .pong
        case UInt8(ascii: "4"): self = .text(payload)
        case UInt8(ascii: "6"): self = .noop
        default: self = .invalid
        }
    }
}
