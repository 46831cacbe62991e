import NIOCore
import NIOHTTP1
import Synchronization

/// What the connections ask of the server: a verdict on each request, and sessions.
extension SocketIOServer {
    /// What a request on our paths gets.
    enum Verdict {
        case answer(HTTPAnswer)
        case open
        case poll(Session)
        case post(Session)
        case webSocket(WebSocketRequest)
    }

    /// What a WebSocket is for.
    enum WebSocketRequest {
        case open
        case attach(Session)
    }

    func endpoint(_ uri: String) -> Endpoint? {
        let path = uri.prefix { $0 != "?" }
        let key = path.hasSuffix("/") ? path.dropLast() : path
        return state.withLock { $0.endpoints[key] }
    }

    func handles(uri: String) -> Bool { endpoint(uri) != nil }

    /// What a page has to be told, so that its browser lets it see the answer.
    func cors(for head: HTTPRequestHead?) -> HTTPHeaders {
        head.map { configuration.origins.headers(for: $0) } ?? [:]
    }

    func judge(_ head: HTTPRequestHead, from channel: any Channel) -> Verdict {
        guard configuration.origins.admits(head) else { return .answer(.error(.forbidden)) }
        let address = channel.remoteAddress?.ipAddress ?? ""
        let isFull = state.withLock { $0.isShutDown || !$0.admission.hasRoom(for: address) }
        guard endpoint(head.uri)?.usesEngineIO == true else {
            guard WebSocketHandshake.isWanted(by: head) else {
                return .answer(
                    HTTPAnswer(
                        status: .upgradeRequired,
                        headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]
                    )
                )
            }
            return isFull ? .answer(.error(.tooManyConnections)) : .webSocket(.open)
        }
        if head.method == .OPTIONS { return .answer(preflight(head)) }
        return judgeEngineIO(head, isFull: isFull)
    }

    private func judgeEngineIO(_ head: HTTPRequestHead, isFull: Bool) -> Verdict {
        do throws(EngineRequestError) {
            let request = try EngineRequest(head, allowsPolling: configuration.allowsPolling) { transport(of: $0) }
            switch request {
            case .openPolling, .openWebSocket:
                if isFull { throw .tooManyConnections }
                return request == .openPolling ? .open : .webSocket(.open)
            case .poll(let sid):
                return .poll(try session(sid))
            case .post(let sid):
                return .post(try session(sid))
            case .attach(let sid):
                return .webSocket(.attach(try session(sid)))
            }
        } catch {
            return .answer(.error(error))
        }
    }

    private func session(_ sid: String) throws(EngineRequestError) -> Session {
        guard let session = state.withLock({ $0.sessions[sid] }) else { throw .unknownSession }
        return session
    }

    private func transport(of sid: String) -> EngineRequest.Transport? {
        state.withLock { state in
            guard let session = state.sessions[sid], session.endpoint.usesEngineIO, !session.isOver else { return nil }
            return session.isPolling ? .polling : .webSocket
        }
    }

    private func preflight(_ head: HTTPRequestHead) -> HTTPAnswer {
        var answer = HTTPAnswer(status: .noContent)
        guard configuration.origins.headers(for: head).first(name: "Access-Control-Allow-Origin") != nil else {
            return answer
        }
        answer.headers.add(name: "Access-Control-Allow-Methods", value: "GET, POST")
        let asked = head.headers["Access-Control-Request-Headers"].joined(separator: ", ")
        if !asked.isEmpty { answer.headers.add(name: "Access-Control-Allow-Headers", value: asked) }
        answer.headers.add(name: "Access-Control-Max-Age", value: "86400")
        return answer
    }

    /// Opens a session whose handshake answers `exchange`.
    ///
    /// - Returns: nil when there is no room any more.
    func openPolling(_ head: HTTPRequestHead, on channel: any Channel, answering exchange: HTTPExchange) -> Session? {
        guard let session = openSession(head, on: channel) else { return nil }
        session.startPolling(answering: exchange)
        return session
    }

    /// The handler that carries a WebSocket; it closes at once when there is no session for it.
    func makeTransport(
        _ request: WebSocketRequest,
        _ head: HTTPRequestHead,
        channel: any Channel
    ) -> WebSocketTransport {
        connections.begin()
        channel.closeFuture.whenComplete { _ in self.connections.end() }
        let role: WebSocketTransport.Role =
            switch request {
            case .open: openSession(head, on: channel).map(WebSocketTransport.Role.carries) ?? .nothing
            // Only on its own loop can a session speak to its transport.
            case .attach(let session): session.lane.eventLoop === channel.eventLoop ? .candidate(session) : .nothing
            }
        return WebSocketTransport(role, configuration: configuration)
    }

    private func openSession(_ head: HTTPRequestHead, on channel: any Channel) -> Session? {
        guard let endpoint = endpoint(head.uri) else { return nil }
        let address = channel.remoteAddress?.ipAddress ?? ""
        let lane = state.withLock { state -> Lane? in
            guard !state.isShutDown, state.admission.enter(address) else { return nil }
            let id = ObjectIdentifier(channel.eventLoop)
            let lane = state.lanes[id] ?? Lane(eventLoop: channel.eventLoop)
            state.lanes[id] = lane
            return lane
        }
        guard let lane else { return nil }
        let session = Session(
            server: self,
            lane: lane,
            head: head,
            remoteAddress: channel.remoteAddress,
            endpoint: endpoint
        )
        connections.begin()
        let isOpen = state.withLock { state in
            guard !state.isShutDown else { return false }
            state.sessions[session.id] = session
            return true
        }
        if isOpen { return session }
        session.abandon()
        state.withLock { $0.admission.leave(address) }
        connections.end()
        return nil
    }
}
