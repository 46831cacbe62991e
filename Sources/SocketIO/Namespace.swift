import Logging
public import NIOCore
import Synchronization

/// A namespace: its event handlers, its sockets and their rooms.
///
/// Set the handlers before the first client can connect.
public final class Namespace: Sendable {
    /// Handles an event. What it returns is the acknowledgement when the client asked for one; nil sends none.
    public typealias EventHandler = @Sendable (Socket, EventArguments) async throws -> [any Encodable & Sendable]?

    private struct Handlers {
        typealias Event = @Sendable (Socket, String, EventArguments) async throws -> OutgoingArguments?

        var middleware: [@Sendable (Socket) async throws -> Void] = []
        var connection: [@Sendable (Socket) async -> Void] = []
        var disconnection: [@Sendable (Socket, DisconnectReason) async -> Void] = []
        var events: [String: Event] = [:]
        var other: Event?
        var error: (@Sendable (Socket, String, any Error) async -> [any Encodable & Sendable]?)?
    }

    /// Begins with a slash; the main namespace is `/`.
    public let name: String
    let configuration: SocketIOConfiguration
    private let logger: Logger
    /// Called when the last socket has left.
    private let onEmpty: @Sendable (Namespace) -> Void
    private let handlers = Mutex(Handlers())
    private let questions = Atomic(1_000_000_000)
    private let population: Mutex<Population>

    init(
        name: String,
        configuration: SocketIOConfiguration,
        logger: Logger,
        onEmpty: @escaping @Sendable (Namespace) -> Void = { _ in }
    ) {
        self.name = name
        self.onEmpty = onEmpty
        self.configuration = configuration
        self.logger = logger
        population = Mutex(Population(configuration: configuration))
    }

    // MARK: Handlers

    /// Asks `middleware` before a socket is let in, in the order they were given. It may look at the handshake, put data
    /// on the socket, and throw a ``ConnectionRefusal``; the socket is in no room yet, and nothing can be sent to it.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        handlers.withLock { $0.middleware.append(middleware) }
    }

    /// Calls `handler` for each new socket. What it sends to the socket comes right after the CONNECT answer; events of
    /// the client wait until it has returned, and so does what is sent to everyone meanwhile (but not with
    /// ``SocketIOConfiguration/connectionStateRecovery``, where what came before goes first, and nothing is held back).
    public func onConnection(_ handler: @escaping @Sendable (Socket) async -> Void) {
        handlers.withLock { $0.connection.append(handler) }
    }

    /// Calls `handler` when a socket is gone, after the handlers of the events it sent before.
    public func onDisconnect(_ handler: @escaping @Sendable (Socket, DisconnectReason) async -> Void) {
        handlers.withLock { $0.disconnection.append(handler) }
    }

    /// Handles `event`. A second handler for the same event replaces the first.
    public func on(_ event: String, _ handler: @escaping EventHandler) {
        handlers.withLock {
            $0.events[event] = { try await OutgoingArguments(answer: handler($0, $2)) }
        }
    }

    /// Handles `event` with an acknowledgement made of arguments as a client wrote them, attachments included.
    public func respond(
        to event: String,
        _ handler: @escaping @Sendable (Socket, EventArguments) async throws -> EventArguments?
    ) {
        handlers.withLock {
            $0.events[event] = { try await handler($0, $2).map(OutgoingArguments.init(forwarding:)) }
        }
    }

    /// Handles the events that have no handler of their own. Without this they are ignored.
    public func onAny(
        _ handler:
            @escaping @Sendable (Socket, String, EventArguments) async throws -> [any Encodable & Sendable]?
    ) {
        handlers.withLock {
            $0.other = { try await OutgoingArguments(answer: handler($0, $1, $2)) }
        }
    }

    /// Turns what a handler has thrown into its acknowledgement. Without this it is logged and nothing is sent.
    public func onError(
        _ handler: @escaping @Sendable (Socket, String, any Error) async -> [any Encodable & Sendable]?
    ) {
        handlers.withLock { $0.error = handler }
    }

    // MARK: Sending

    /// Everyone in the namespace.
    public var everyone: Broadcast { Broadcast(namespace: self, rooms: []) }

    /// Everyone in `room`. A socket's id is a room with this socket in it.
    public func to(_ room: String) -> Broadcast { Broadcast(namespace: self, rooms: [room]) }

    /// Sends an event to everyone.
    public func emit(_ event: String, _ arguments: any Encodable & Sendable...) {
        guard let encoded = encode(event, arguments) else { return }
        broadcast(emission(event, encoded, policy: .reliable), rooms: [], except: [])
    }

    /// Sends an event whose only argument is JSON text already to everyone.
    public func emit(_ event: String, json: ByteBuffer) {
        everyone.emit(event, json: json)
    }

    /// Everyone but those in `room`.
    public func except(_ room: String) -> Broadcast { everyone.except(room) }

    /// All sockets.
    public var sockets: [Socket] { everyone.sockets() }

    /// How many sockets are in the namespace.
    public var socketCount: Int { population.withLock { $0.byID.count } }

    /// How many sockets are in `room`.
    public func socketCount(in room: String) -> Int { population.withLock { $0.table.members(of: room).count } }

    /// The socket with this id.
    public func socket(_ id: String) -> Socket? { population.withLock { $0.byID[id] } }

    /// nil, and a line in the log, for values that cannot be JSON.
    func encode(_ event: String, _ arguments: [any Encodable & Sendable]) -> OutgoingArguments? {
        do {
            return try OutgoingArguments(encoding: arguments)
        } catch {
            logger.error("An event could not be encoded", metadata: ["event": "\(event)", "error": "\(error)"])
            return nil
        }
    }

    func emission(
        _ event: String,
        _ arguments: OutgoingArguments,
        policy: OutboundMessage.Policy,
        acknowledgement: Int? = nil
    ) -> Emission {
        assert(!PacketParser.reservedNames.contains(event), "\(event) is a reserved name.")
        let packet = OutgoingPacket.event(name: event, arguments: arguments, acknowledgement: acknowledgement)
        return Emission(packet, namespace: name, policy: policy)
    }

    func broadcast(_ emission: Emission, rooms: [String], except: [String]) {
        population.withLock { $0.broadcast(emission, rooms: rooms, except: except) }
        scheduleExpiry()
    }

    func send(_ emission: Emission, to socket: Socket) {
        guard isRecoverable, emission.isRecoverable else { return socket.lane.post(.single(emission, to: socket)) }
        population.withLock { $0.send(emission, to: socket) }
        scheduleExpiry()
    }

    /// Sends a question to everyone who takes it: see ``Population/ask(_:rooms:except:expect:)``.
    func ask(_ emission: Emission, rooms: [String], except: [String], expect: (Socket) -> Bool) {
        population.withLock { $0.ask(emission, rooms: rooms, except: except, expect: expect) }
    }

    /// A number for a question to many, far from those that the sockets count by themselves.
    func nextQuestion() -> Int {
        questions.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    func sockets(in rooms: [String], except: [String]) -> [Socket] {
        population.withLock { $0.sockets(in: rooms, except: except) }
    }

    // MARK: Rooms

    func join(_ socket: Socket, _ room: String) -> Bool {
        guard room.utf8.count <= configuration.maxNameBytes else { return false }
        return population.withLock { $0.join(socket, room, limit: configuration.maxRoomsPerSocket) }
    }

    func leave(_ socket: Socket, _ room: String) {
        population.withLock { $0.leave(socket, room) }
    }

    func rooms(of socket: Socket) -> Set<String> {
        population.withLock { $0.table.rooms(of: socket) }
    }

    // MARK: The life of a socket

    private var isRecoverable: Bool { configuration.connectionStateRecovery != nil }

    /// What a client may come back to, and its place in the log; nil for one that is new here.
    ///
    /// - Parameter auth: The payload of its CONNECT.
    func recover(_ auth: ByteBuffer?) -> RecoveryLog.Recovery? {
        guard isRecoverable, let request = auth.flatMap(RecoveryRequest.init) else { return nil }
        return population.withLock { $0.recover(request) }
    }

    /// Whether the middleware has to be asked about `socket`.
    func mustJudge(_ socket: Socket) -> Bool {
        if socket.isRecovered, configuration.connectionStateRecovery?.skipsMiddleware == true { return false }
        return handlers.withLock { !$0.middleware.isEmpty }
    }

    /// Asks the middleware, and takes the socket in or has it refused.
    func judge(_ socket: Socket) async {
        await socket.predecessorDone()
        do {
            for middleware in handlers.withLock({ $0.middleware }) { try await middleware(socket) }
        } catch {
            let refusal = error as? ConnectionRefusal ?? ConnectionRefusal("Internal error")
            if !(error is ConnectionRefusal) {
                logger.warning("A middleware failed", metadata: ["namespace": "\(name)", "error": "\(error)"])
            }
            socket.judged(refusal)
            return
        }
        socket.judged(nil)
        arrive(socket)
        await connected(socket)
    }

    func arrive(_ socket: Socket) {
        let isIn = population.withLock { population in
            // The client may have gone while the middleware thought about it.
            !socket.isConnected || population.arrive(socket)
        }
        // It was told that it has everything: only a new connection can put this right.
        if !isIn { socket.disconnect(closingConnection: true) }
    }

    func connected(_ socket: Socket) async {
        await socket.predecessorDone()
        for handler in handlers.withLock({ $0.connection }) { await handler(socket) }
        population.withLock { $0.settle(socket) }
    }

    /// A client has asked to get in; ``depart(_:saving:)`` must follow, once.
    func attach() {
        population.withLock { $0.attach() }
    }

    /// - Parameter session: Makes what the client comes back with, if it may, from its rooms.
    func depart(_ socket: Socket, saving session: (Set<String>) -> RecoveryLog.Session? = { _ in nil }) {
        let isEmpty = population.withLock { population in
            population.depart(socket, saving: session)
            return population.isEmpty
        }
        if isEmpty { onEmpty(self) }
        scheduleExpiry()
    }

    /// Nobody is here, and nobody may come back.
    var isEmpty: Bool { population.withLock { $0.isEmpty } }

    /// What is kept for absent clients is given back in time, also when nothing happens here any more.
    private func scheduleExpiry() {
        guard isRecoverable else { return }
        population.withLock { population in
            population.scheduleExpiry { [weak self] in
                guard let self else { return }
                let isEmpty = self.population.withLock { population in
                    population.expire()
                    return population.isEmpty
                }
                if isEmpty { self.onEmpty(self) }
                self.scheduleExpiry()
            }
        }
    }

    deinit {
        population.withLock { $0.cancelExpiry() }
    }

    func disconnected(_ socket: Socket, _ reason: DisconnectReason) async {
        defer { socket.handlersDone() }
        guard !socket.isRefused else { return }
        await socket.runDisconnectHandlers(reason)
        for handler in handlers.withLock({ $0.disconnection }) { await handler(socket, reason) }
    }

    func handle(_ event: String, _ arguments: EventArguments, from socket: Socket, id: Int?) async {
        guard !socket.isRefused, let handler = handlers.withLock({ $0.events[event] ?? $0.other }) else { return }
        var answer: OutgoingArguments?
        do {
            answer = try await handler(socket, event, arguments)
        } catch {
            answer = await self.answer(to: error, in: event, from: socket)
        }
        if let id, let answer { socket.acknowledge(id, answer) }
    }

    private func answer(to error: any Error, in event: String, from socket: Socket) async -> OutgoingArguments? {
        guard let handler = handlers.withLock({ $0.error }) else {
            logger.warning("A handler failed", metadata: ["event": "\(event)", "error": "\(error)"])
            return nil
        }
        return await handler(socket, event, error).flatMap { encode(event, $0) }
    }
}

extension OutgoingArguments {
    /// The acknowledgement that a handler returned; nil for none.
    fileprivate init?(answer: [any Encodable & Sendable]?) throws {
        guard let answer else { return nil }
        try self.init(encoding: answer)
    }
}
