import NIOCore
import NIOHTTP1

/// Answers a request for a WebSocket that is refused, and closes the connection.
///
/// The library has to do it itself: NIO's typed upgrade handler drops the head of a request whose upgrade was refused,
/// so that the HTTP server behind it never sees what it should answer and the client would wait for ever.
enum HTTPRefusal {
    /// - Returns: Completes with nil when the connection is closed: not earlier, or the HTTP server would set itself
    ///   up on it.
    static func send(
        _ status: HTTPResponseStatus,
        headers: HTTPHeaders,
        body: ByteBuffer,
        to channel: any Channel
    ) -> EventLoopFuture<HTTPHeaders?> {
        let eventLoop = channel.eventLoop
        return eventLoop.flatSubmit {
            guard let encoder = try? channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            else {
                return eventLoop.makeSucceededFuture(nil)
            }
            var response = ByteBuffer(string: "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
            for (name, value) in headers { response.writeString("\(name): \(value)\r\n") }
            response.writeString("Content-Length: \(body.readableBytes)\r\nConnection: close\r\n\r\n")
            response.writeImmutableBuffer(body)
            // From below the encoder: these are bytes already.
            encoder.writeAndFlush(NIOAny(response)).whenComplete { _ in channel.close(promise: nil) }
            return channel.closeFuture.map { nil }
        }
    }
}
