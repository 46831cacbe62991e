public import Logging
public import NIOCore
import NIOHTTP1
import Synchronization

/// A Socket.IO 5 server over Engine.IO 4, without a port of its own.
///
/// It lives beside other handlers on the connections of any SwiftNIO server: see
/// ``configureHTTP1(channel:idleTimeout:otherRequests:)``.
public final class SocketIOServer: Sendable {
    /// What is spoken on a path.
    enum Endpoint: Sendable {
        case socketIO
        case plain(PlainEndpoint)
        case bare(BareEndpoint)

        var usesEngineIO: Bool {
            if case .plain = self { false } else { true }
        }
    }

    /// Namespaces that are made when a client asks for them.
    struct NamespacePattern: Sendable {
        var matches: @Sendable (String) -> Bool
        var configure: @Sendable (Namespace) -> Void
    }

    struct State {
        var sessions: [String: Session] = [:]
        var admission: Admission
        var lanes: [ObjectIdentifier: Lane] = [:]
        var namespaces: [String: Namespace] = [:]
        var patterns: [NamespacePattern] = []
        var endpoints: [Substring: Endpoint] = [:]
        var isShutDown = false
    }

    /// The main namespace, `/`.
    public let namespace: Namespace
    let configuration: SocketIOConfiguration
    let logger: Logger
    /// Tasks that run handlers.
    let handlers = WorkTracker()
    let connections = WorkTracker()
    let state: Mutex<State>

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
        state = Mutex(
            State(
                admission: admission,
                namespaces: ["/": namespace],
                endpoints: [Self.key(configuration.path): .socketIO]
            )
        )
    }

    // MARK: What clients can connect to

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

    /// Lets clients connect to every namespace whose name `matches`: it is made for the first of them, and forgotten when
    /// the last one has left. Namespaces that were made with ``of(_:)`` go before.
    ///
    /// - Parameters:
    ///   - matches: Judges a name, which begins with a slash. Any thread; it must not block.
    ///   - configure: Sets the handlers of a new namespace.
    public func namespaces(
        where matches: @escaping @Sendable (String) -> Bool,
        configure: @escaping @Sendable (Namespace) -> Void
    ) {
        state.withLock { $0.patterns.append(NamespacePattern(matches: matches, configure: configure)) }
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
        add(.plain(PlainEndpoint(format: format, namespace: namespace ?? self.namespace)), at: path)
    }

    /// Opens a path for bare Engine.IO: messages, without namespaces, events and acknowledgements.
    ///
    /// - Parameters:
    ///   - path: Begins with a slash; requests may leave out the last one.
    ///   - onMessage: Called on the client's event loop for each message, in order. It must not block.
    public func addEngineIOEndpoint(
        path: String,
        onMessage: @escaping @Sendable (EngineIOClient, EngineIOMessage) -> Void
    ) {
        add(.bare(BareEndpoint(onMessage: onMessage)), at: path)
    }

    private func add(_ endpoint: Endpoint, at path: String) {
        precondition(path.hasPrefix("/"), "\(path) can not be a path: begin it with a slash.")
        state.withLock { $0.endpoints[Self.key(path)] = endpoint }
    }

    private static func key(_ path: String) -> Substring {
        path.hasSuffix("/") ? path.dropLast() : path[...]
    }

    /// Open connections.
    public var clientCount: Int { state.withLock { $0.sessions.count } }

    // MARK: For the HTTP server

    /// Makes a new connection speak HTTP/1.1, and serves its requests on this server's paths: polling, and WebSockets.
    ///
    /// Call it on the channel's event loop, best in the initialiser of child channels.
    ///
    /// - Parameters:
    ///   - channel: A connection without HTTP handlers.
    ///   - idleTimeout: A connection without a request for so long is closed, and one whose request does not go on.
    ///   - onUpgrade: Called when the connection has become a WebSocket and belongs to this server.
    ///   - otherRequests: Called once, for the first request on another path: adds handlers of `HTTPServerRequestPart`
    ///     at the end of the pipeline, which get it and all that are not this server's. They answer requests in their
    ///     order.
    public func configureHTTP1(
        channel: any Channel,
        idleTimeout: Duration = .seconds(60),
        onUpgrade: @escaping @Sendable (any Channel) -> Void = { _ in },
        otherRequests: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)))
        try pipeline.addHandler(
            SocketIOHTTPHandler(
                server: self,
                idleTimeout: TimeAmount(idleTimeout),
                onUpgrade: onUpgrade,
                addOtherHandlers: otherRequests
            )
        )
    }

    /// As ``configureHTTP1(channel:idleTimeout:onUpgrade:otherRequests:)`` on a port where nothing else is served: other
    /// requests are answered with 404.
    public func configureHTTP1(channel: any Channel, idleTimeout: Duration = .seconds(60)) throws {
        try configureHTTP1(channel: channel, idleTimeout: idleTimeout) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NotFoundHandler())
            }
        }
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

    /// Whether a client can connect to the namespace `name`.
    func exists(_ name: String) -> Bool {
        let (isKnown, patterns) = state.withLock { ($0.namespaces[name] != nil, $0.patterns) }
        return isKnown || pattern(for: name, in: patterns) != nil
    }

    /// The namespace that a client asks for, with the client attached to it; nil when it cannot connect there.
    func enter(_ name: String) -> Namespace? {
        let (known, patterns) = state.withLock { state in
            let namespace = state.namespaces[name]
            // Inside of the lock: a namespace that is about to be forgotten is either found here or made anew.
            namespace?.attach()
            return (namespace, state.patterns)
        }
        if let known { return known }
        guard let pattern = pattern(for: name, in: patterns) else { return nil }
        let made = Namespace(name: name, configuration: configuration, logger: logger) { [weak self] namespace in
            self?.state.withLock { state in
                // Somebody may have entered meanwhile.
                if state.namespaces[name] === namespace, namespace.isEmpty { state.namespaces[name] = nil }
            }
        }
        pattern.configure(made)
        return state.withLock { state in
            // Another loop may have been quicker.
            let namespace = state.namespaces[name] ?? made
            state.namespaces[name] = namespace
            namespace.attach()
            return namespace
        }
    }

    private func pattern(for name: String, in patterns: [NamespacePattern]) -> NamespacePattern? {
        guard name.utf8.count <= configuration.maxNameBytes else { return nil }
        return patterns.first { $0.matches(name) }
    }

    func remove(_ session: Session) {
        state.withLock { state in
            guard state.sessions.removeValue(forKey: session.id) != nil else { return }
            state.admission.leave(session.address)
        }
        connections.end()
    }
}
