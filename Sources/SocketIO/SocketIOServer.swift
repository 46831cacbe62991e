public import Logging
public import NIOCore
public import NIOHTTP1
import NIOWebSocket
import Synchronization

/// A Socket.IO 5 server over Engine.IO 4, without a port of its own.
///
/// It lives beside an HTTP server on the same port: that server's `NIOTypedWebSocketServerUpgrader` (or
/// `NIOWebSocketServerUpgrader`) asks ``shouldUpgrade(channel:head:)`` and calls ``upgraded(channel:head:)``; other
/// requests on the path are answered with ``errorResponse(head:)``.
public final class SocketIOServer: Sendable {
    private struct State {
        var sessions: [String: Session] = [:]
        var admission: Admission
        var lanes: [ObjectIdentifier: Lane] = [:]
        var namespaces: [String: Namespace] = [:]
        var plainEndpoints: [String: PlainEndpoint] = [:]
        var isShutDown = false
    }

    /// The main namespace, `/`.
    public let namespace: Namespace
    let configuration: SocketIOConfiguration
    let logger: Logger
    /// Tasks that run handlers.
    let handlers = WorkTracker()
    private let connections = WorkTracker()
    private let state: Mutex<State>

    /// - Parameters:
    ///   - configuration: Timing and bounds.
    ///   - logger: Gets the library's messages, `info` and below unless a handler fails.
    public init(configuration: SocketIOConfiguration = .init(), logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        namespace = Namespace(name: "/", configuration: configuration, logger: logger)
        let admission = Admission(
            maxConnections: configuration.maxConnections,
            maxPerAddress: configuration.maxConnectionsPerAddress
        )
        state = Mutex(State(admission: admission, namespaces: ["/": namespace]))
    }

    /// The namespace with this name, made when it does not exist. Clients can connect to namespaces that were made
    /// here, and to no others.
    ///
    /// - Parameter name: Begins with a slash and has no comma or question mark.
    public func of(_ name: String) -> Namespace {
        precondition(
            name.hasPrefix("/") && !name.contains(",") && !name.contains("?"),
            "\(name) can not be a namespace: begin it with a slash, and leave out commas and question marks."
        )
        return state.withLock { state in
            if let existing = state.namespaces[name] { return existing }
            let namespace = Namespace(name: name, configuration: configuration, logger: logger)
            state.namespaces[name] = namespace
            return namespace
        }
    }

    /// Opens a path for WebSockets of clients that speak another format than Socket.IO.
    ///
    /// Each connection is one ``Socket`` in `namespace` from the moment it is open: middleware, handlers, rooms, limits
    /// and back-pressure are those of the namespace and of this server. Add it before the first client can connect.
    ///
    /// - Parameters:
    ///   - path: Begins with a slash; requests may have one more at the end.
    ///   - format: How packets are written and read.
    ///   - namespace: Where the clients are in; the main namespace when nil.
    public func addWebSocketEndpoint(path: String, format: any PacketFormat, namespace: Namespace? = nil) {
        precondition(path.hasPrefix("/"), "\(path) can not be a path: begin it with a slash.")
        let endpoint = PlainEndpoint(format: format, namespace: namespace ?? self.namespace)
        state.withLock { $0.plainEndpoints[String(Self.withoutLastSlash(path))] = endpoint }
    }

    /// Open connections.
    public var clientCount: Int { state.withLock { $0.sessions.count } }

    // MARK: For the HTTP server

    /// Whether a request with this target belongs here.
    public func handles(uri: String) -> Bool {
        let path = Self.withoutLastSlash(uri.prefix { $0 != "?" })
        return path == Self.withoutLastSlash(configuration.path) || plainEndpoint(uri) != nil
    }

    private func plainEndpoint(_ uri: String) -> PlainEndpoint? {
        let path = Self.withoutLastSlash(uri.prefix { $0 != "?" })
        return state.withLock { $0.plainEndpoints[String(path)] }
    }

    private static func withoutLastSlash(_ path: some StringProtocol) -> Substring {
        Substring(path.hasSuffix("/") ? String(path.dropLast()) : String(path))
    }

    /// Judges a request to become a WebSocket and reserves its place.
    ///
    /// A request on our path that is refused is answered here, and its connection closed.
    ///
    /// - Returns: Headers to add to the 101 response; nil when the request is not for us or was refused.
    public func shouldUpgrade(channel: any Channel, head: HTTPRequestHead) -> EventLoopFuture<HTTPHeaders?> {
        guard handles(uri: head.uri) else { return channel.eventLoop.makeSucceededFuture(nil) }
        let address = channel.remoteAddress?.ipAddress ?? ""
        let isPlain = plainEndpoint(head.uri) != nil
        let isAdmitted = state.withLock { state in
            guard isPlain || (try? request(head, in: state)) != nil, !state.isShutDown else { return false }
            return state.admission.enter(address)
        }
        guard isAdmitted else {
            let (status, body) = errorResponse(head: head)
            return HTTPRefusal.send(status, headers: errorHeaders(head: head), body: body, to: channel)
        }
        connections.begin()
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.admission.leave(address) }
            self.connections.end()
        }
        return channel.eventLoop.makeSucceededFuture(HTTPHeaders())
    }

    /// Takes over a channel that was upgraded to WebSocket, and closes it when the time comes.
    ///
    /// NIO's frame encoder and decoder may be in the pipeline: the library puts itself in front of them.
    ///
    /// - Returns: Completes when the handlers are in place.
    public func upgraded(channel: any Channel, head: HTTPRequestHead) -> EventLoopFuture<Void> {
        guard channel.eventLoop.inEventLoop else {
            return channel.eventLoop.flatSubmit { self.upgraded(channel: channel, head: head) }
        }
        return channel.eventLoop.makeCompletedFuture {
            let session = openSession(channel, head)
            let transport = WebSocketTransport(session: session, configuration: configuration)
            let pipeline = channel.pipeline.syncOperations
            if let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<WebSocketFrameDecoder>.self) {
                pipeline.removeHandler(context: decoder, promise: nil)
            }
            if let encoder = try? pipeline.handler(type: WebSocketFrameEncoder.self) {
                try pipeline.addHandler(transport, position: .before(encoder))
            } else {
                try pipeline.addHandler(transport)
            }
        }
    }

    /// The protocol's answer to a request on our path that is not served: status and JSON body
    /// (`application/json`).
    public func errorResponse(head: HTTPRequestHead) -> (HTTPResponseStatus, ByteBuffer) {
        if plainEndpoint(head.uri) != nil {
            let error: EngineRequestError = isWebSocketHandshake(head) ? .tooManyConnections : .badRequest
            return (error == .badRequest ? .upgradeRequired : error.status, error.body)
        }
        let error: EngineRequestError
        do {
            _ = try state.withLock { state throws(EngineRequestError) in try request(head, in: state) }
            // The request is fine, so it was refused for want of room, or the handshake of the WebSocket was broken.
            error = isWebSocketHandshake(head) ? .tooManyConnections : .badRequest
        } catch let refusal {
            error = refusal
        }
        return (error.status, error.body)
    }

    /// The headers that belong to ``errorResponse(head:)``.
    public func errorHeaders(head: HTTPRequestHead) -> HTTPHeaders {
        var headers = HTTPHeaders([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        // RFC 6455, section 4.4: who speaks another version is told ours.
        if !isWebSocketHandshake(head) { headers.add(name: "Sec-WebSocket-Version", value: "13") }
        return headers
    }

    /// Closes all connections and takes no more; returns when they are closed and their handlers have returned.
    public func shutdown() async {
        let sessions = state.withLock { state in
            state.isShutDown = true
            return Array(state.sessions.values)
        }
        for session in sessions {
            session.lane.post(.perform { session.close(.serverShutdown) })
        }
        await connections.idle()
        await handlers.idle()
    }

    // MARK: For sessions

    func find(_ name: String) -> Namespace? { state.withLock { $0.namespaces[name] } }

    func remove(_ session: Session) { state.withLock { $0.sessions[session.id] = nil } }

    /// - Returns: nil for a connection that is to be closed: it wants to upgrade a session that needs no upgrade, or
    ///   shutdown has begun since it was accepted.
    private func openSession(_ channel: any Channel, _ head: HTTPRequestHead) -> Session? {
        let endpoint = plainEndpoint(head.uri)
        let lane = state.withLock { state -> Lane? in
            guard !state.isShutDown, endpoint != nil || (try? request(head, in: state)) == .open else { return nil }
            let id = ObjectIdentifier(channel.eventLoop)
            let lane = state.lanes[id] ?? Lane(eventLoop: channel.eventLoop)
            state.lanes[id] = lane
            return lane
        }
        guard let lane else { return nil }
        let dialect: any Dialect =
            endpoint.map(PlainDialect.init(endpoint:))
            ?? SocketIODialect(configuration: configuration, now: lane.eventLoop.now)
        let session = Session(
            server: self,
            lane: lane,
            head: head,
            remoteAddress: channel.remoteAddress,
            dialect: dialect
        )
        let isOpen = state.withLock { state in
            guard !state.isShutDown else { return false }
            state.sessions[session.id] = session
            return true
        }
        return isOpen ? session : nil
    }

    private func request(_ head: HTTPRequestHead, in state: State) throws(EngineRequestError) -> EngineRequest {
        try EngineRequest(head) { state.sessions[$0] != nil }
    }

    private func isWebSocketHandshake(_ head: HTTPRequestHead) -> Bool {
        head.headers["Sec-WebSocket-Version"] == ["13"] && head.headers["Sec-WebSocket-Key"].count == 1
    }
}
