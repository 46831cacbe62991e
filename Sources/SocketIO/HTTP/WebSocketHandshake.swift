import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The server's half of the opening handshake, RFC 6455 section 4.2.
enum WebSocketHandshake {
    struct Refused: Error {}

    /// Whether a request asks for a WebSocket, be it rightly or not.
    static func isWanted(by head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    /// - Returns: The headers of the 101 response; fails for a request that is no valid handshake.
    static func headers(for head: HTTPRequestHead, channel: any Channel) -> EventLoopFuture<HTTPHeaders> {
        guard isValid(head) else { return channel.eventLoop.makeFailedFuture(Refused()) }
        // Only for its `Sec-WebSocket-Accept`.
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
        return upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:])
            .map { headers in
                var headers = headers
                headers.replaceOrAdd(name: "Upgrade", value: "websocket")
                headers.replaceOrAdd(name: "Connection", value: "Upgrade")
                return headers
            }
    }

    private static func isValid(_ head: HTTPRequestHead) -> Bool {
        let headers = head.headers
        let key = headers["Sec-WebSocket-Key"]
        return head.method == .GET && head.version == .http1_1 && isWanted(by: head)
            && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            && headers["Sec-WebSocket-Version"] == ["13"] && key.count == 1
            && Base64.decode(ByteBuffer(string: key.first ?? ""))?.readableBytes == 16
    }
}
