import NIOCore
import NIOPosix

/// A WebSocket client that does what it is told, also what the RFC forbids.
final class RawClient {
    struct Frame: Equatable, CustomStringConvertible {
        var opcode: UInt8
        var payload: ByteBuffer

        var text: String { String(buffer: payload) }
        var closeCode: UInt16? { opcode == 8 ? payload.getInteger(at: payload.readerIndex) : nil }
        var description: String { "\(opcode): \(text)" }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    let channel: any Channel
    /// The head of the HTTP response.
    private(set) var response = ""
    private var received = ByteBuffer()
    private var chunks: AsyncStream<ByteBuffer>.Iterator

    private init(channel: any Channel, chunks: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.chunks = chunks.makeAsyncIterator()
    }

    /// Sends a request for `target` and reads the head of the response.
    static func open(
        _ port: Int,
        _ target: String = "/socket.io/?EIO=4&transport=websocket",
        method: String = "GET",
        headers: String = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        receiveBuffer: Int? = nil
    ) async throws -> RawClient {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        let client = RawClient(channel: channel, chunks: stream)
        client.send(
            raw: ByteBuffer(
                string: "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(headers)\r\n"
            )
        )
        while !client.response.hasSuffix("\r\n\r\n") {
            guard let byte = await client.bytes(1) else { break }
            client.response += String(buffer: byte)
        }
        return client
    }

    /// Opens a session and connects to the main namespace; returns when its socket is there.
    static func connect(_ port: Int, auth: String = "") async throws -> RawClient {
        let client = try await open(port)
        client.send("40\(auth)")
        while let text = await client.text(), !text.hasPrefix("40") {
            if text == "2" { client.send("3") }
        }
        return client
    }

    func send(_ text: String) { send(frame: 0x81, ByteBuffer(string: text)) }
    func send(binary bytes: [UInt8]) { send(frame: 0x82, ByteBuffer(bytes: bytes)) }

    /// - Parameter first: FIN, the reserved bits and the opcode.
    func send(frame first: UInt8, _ payload: ByteBuffer, masked: Bool = true) {
        var buffer = ByteBuffer()
        let mask: [UInt8] = [0x12, 0x9A, 0xFF, 0x01]
        let bit: UInt8 = masked ? 0x80 : 0
        buffer.writeInteger(first)
        switch payload.readableBytes {
        case ..<126: buffer.writeInteger(UInt8(payload.readableBytes) | bit)
        case ..<65536:
            buffer.writeInteger(126 | bit)
            buffer.writeInteger(UInt16(payload.readableBytes))
        default:
            buffer.writeInteger(127 | bit)
            buffer.writeInteger(UInt64(payload.readableBytes))
        }
        if masked {
            buffer.writeBytes(mask)
            buffer.writeBytes(payload.readableBytesView.enumerated().map { $1 ^ mask[$0 & 3] })
        } else {
            buffer.writeImmutableBuffer(payload)
        }
        send(raw: buffer)
    }

    func send(raw bytes: ByteBuffer) {
        channel.writeAndFlush(bytes, promise: nil)
    }

    /// The next frame; nil at the end of the connection. Frames of the server must be whole and unmasked.
    func next() async -> Frame? {
        guard var head = await bytes(2), let first: UInt8 = head.readInteger(), let second: UInt8 = head.readInteger(),
            first & 0xF0 == 0x80
        else { return nil }
        var length = Int(second)
        if second == 126 { length = await bytes(2)?.getInteger(at: 0, as: UInt16.self).map(Int.init) ?? 0 }
        if second == 127 { length = await bytes(8)?.getInteger(at: 0, as: UInt64.self).map(Int.init) ?? 0 }
        guard let payload = await bytes(length) else { return nil }
        return Frame(opcode: first & 0x0F, payload: payload)
    }

    /// The text of the next text frame; nil when something else comes.
    func text() async -> String? {
        guard let frame = await next(), frame.opcode == 1 else { return nil }
        return frame.text
    }

    /// Reads until the connection ends.
    ///
    /// - Returns: The code of the close frame, if there was one.
    func closeCode() async -> UInt16? {
        var code: UInt16?
        while let frame = await next() {
            guard frame.opcode == 8 else { continue }
            code = frame.closeCode
            send(frame: 0x88, frame.payload)
        }
        return code
    }

    /// All that comes until the connection ends.
    func rest() async -> String {
        while let chunk = await chunks.next(isolation: #isolation) { received.writeImmutableBuffer(chunk) }
        return String(buffer: received)
    }

    func close() async {
        try? await channel.close()
    }

    private func bytes(_ count: Int) async -> ByteBuffer? {
        while received.readableBytes < count {
            guard let chunk = await chunks.next(isolation: #isolation) else { return nil }
            received.discardReadBytes()
            received.writeImmutableBuffer(chunk)
        }
        return received.readSlice(length: count).map { ByteBuffer(bytes: $0.readableBytesView) }
    }
}
