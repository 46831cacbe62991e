import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 client: one connection per request, redirects are not followed, everything has a time limit.
///
/// `timeout` bounds the connecting, and then every silence: as long as bytes move, a transfer may take its time.
struct HTTPClient: Sendable {
    let server: ServerURL
    let timeout: TimeAmount

    /// Written in pieces, so that progress shows and a slow network is not taken for silence.
    private static let pieceSize = 64 * 1024

    /// Sends the request and returns the answer, whatever its status.
    ///
    /// - Parameters:
    ///   - timeout: replaces the client's own for requests that the server works on for long.
    ///   - onSent: gets the number of body bytes that the operating system took, piece by piece.
    /// - Throws: `CtlError` of code `unreachable` or `temporary`, or `CancellationError`.
    func send(
        _ request: HTTPRequest,
        timeout: TimeAmount? = nil,
        onSent: @Sendable (Int) -> Void = { _ in }
    ) async throws -> HTTPReply {
        let timeout = timeout ?? self.timeout
        do {
            let (channel, reply) = try await connect(timeout: timeout)
            return try await withTaskCancellationHandler {
                await write(request, to: channel, onSent: onSent)
                return try await reply.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            try Task.checkCancellation()
            throw ConnectionFailure(error, server: server, timeout: timeout).ctlError
        }
    }

    private func connect(timeout: TimeAmount) async throws -> (any Channel, EventLoopFuture<HTTPReply>) {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(self.timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: server.host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let promise = channel.eventLoop.makePromise(of: HTTPReply.self)
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: timeout))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HTTPExchange(promise: promise))
                    return (channel, promise.futureResult)
                }
            }
    }

    /// Errors of writing are not reported: a server may refuse and close before it has read the whole body, and then
    /// its answer counts; if there is none, the exchange ends with the channel's error.
    private func write(_ request: HTTPRequest, to channel: any Channel, onSent: @Sendable (Int) -> Void) async {
        var headers = HTTPHeaders([
            ("Host", server.authority), ("User-Agent", "musicboxctl"), ("Accept", "application/json"),
            ("Connection", "close"),
        ])
        if let contentType = request.contentType { headers.add(name: "Content-Type", value: contentType) }
        if request.body.readableBytes > 0 || request.method == .POST || request.method == .PUT {
            headers.add(name: "Content-Length", value: "\(request.body.readableBytes)")
        }
        let head = HTTPRequestHead(
            version: .http1_1,
            method: request.method,
            uri: server.prefix + request.path,
            headers: headers
        )
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        var body = request.body
        while let piece = body.readSlice(length: min(body.readableBytes, Self.pieceSize)), piece.readableBytes > 0 {
            do {
                try await channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(piece)))
            } catch {
                return
            }
            onSent(piece.readableBytes)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}
