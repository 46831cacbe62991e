import NIOCore
import SocketIO

/// A bare WebSocket that says nothing by itself and sends everything back: what RFC 6455 suites want to talk to.
struct EchoFormat: PacketFormat {
    func write(_ packet: OutgoingPacket) -> ByteBuffer? { nil }
    func read(_ text: ByteBuffer) -> IncomingPacket { .reply(text) }
    func read(binary: ByteBuffer) -> IncomingPacket { .binaryReply(binary) }
}
