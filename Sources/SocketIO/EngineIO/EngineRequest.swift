import NIOHTTP1

/// What a request on our path asks for: the checks of the Engine.IO handshake, in the order of the reference server.
enum EngineRequest: Equatable {
    /// A new session that begins on a WebSocket.
    case open
    /// A WebSocket for a session that exists. Sessions that began on a WebSocket have nothing to upgrade: it is
    /// accepted and closed, because clients have no error handler for a refusal here.
    case attach(sid: String)

    /// - Parameter isKnown: Whether a session id is that of a living session.
    init(_ head: HTTPRequestHead, isKnown: (String) -> Bool) throws(EngineRequestError) {
        let query = RequestTarget(head.uri).query
        guard let transport = query["transport"], transport == "websocket" else { throw .unknownTransport }
        let wantsUpgrade = head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        if let sid = query["sid"] {
            guard isKnown(sid) else { throw .unknownSession }
            guard wantsUpgrade else { throw .badRequest }
            self = .attach(sid: sid)
        } else {
            guard head.method == .GET else { throw .badHandshakeMethod }
            guard wantsUpgrade else { throw .badRequest }
            guard query["EIO"] == "4" else { throw .unsupportedVersion }
            self = .open
        }
    }
}
