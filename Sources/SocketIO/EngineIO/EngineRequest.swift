import NIOHTTP1

/// What a request on the path of Engine.IO asks for: the checks of the reference server, in its order.
enum EngineRequest: Equatable {
    /// A new session that begins with polling.
    case openPolling
    /// A new session that begins on a WebSocket.
    case openWebSocket
    /// Packets of a session.
    case poll(sid: String)
    /// Packets for a session.
    case post(sid: String)
    /// A WebSocket for a session that exists. When that is on one already it is accepted and closed, because clients
    /// have no error handler for a refusal here.
    case attach(sid: String)

    enum Transport: Equatable {
        case polling, webSocket
    }

    /// - Parameter transport: What the session with this id is on; nil when there is none.
    init(
        _ head: HTTPRequestHead,
        allowsPolling: Bool = true,
        transport: (String) -> Transport?
    ) throws(EngineRequestError) {
        let query = RequestTarget(head.uri).query
        let wanted: Transport
        switch query["transport"] {
        case "polling" where allowsPolling: wanted = .polling
        case "websocket": wanted = .webSocket
        default: throw .unknownTransport
        }
        let wantsUpgrade = WebSocketHandshake.isWanted(by: head)
        if let sid = query["sid"] {
            guard let current = transport(sid) else { throw .unknownSession }
            guard wantsUpgrade == (wanted == .webSocket), wanted == .webSocket || current == .polling else {
                throw .badRequest
            }
            switch (wanted, head.method) {
            case (.webSocket, .GET): self = .attach(sid: sid)
            case (.polling, .GET): self = .poll(sid: sid)
            case (.polling, .POST): self = .post(sid: sid)
            default: throw .badRequest
            }
        } else {
            guard head.method == .GET else { throw .badHandshakeMethod }
            guard wantsUpgrade == (wanted == .webSocket) else { throw .badRequest }
            guard query["EIO"] == "4" else { throw .unsupportedVersion }
            self = wanted == .polling ? .openPolling : .openWebSocket
        }
    }
}
