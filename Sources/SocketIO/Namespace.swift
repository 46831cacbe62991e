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

    /// A socket whose connection handlers still run, and what was sent to everyone meanwhile.
    private struct Arrival {
        var socket: Socket
        var held: [Emission] = []
    }

    private struct Population {
        var table = RoomTable<Socket>()
        var byID: [String: Socket] = [:]
        var arriving: [ObjectIdentifier: Arrival] = [:]
        var lanes: [Lane] = []
        /// Sockets in the namespace, and those that the middleware still thinks about.
        var attached = 0
    }

    /// More than this is not held back for a socket whose connection handlers take long.
    private static let maxHeld = 64

    /// Begins with a slash; the main namespace is `/`.
    public let name: String
    let configuration: SocketIOConfiguration
    private let logger: Logger
    /// Called when the last socket has left.
    private let onEmpty: @Sendable (Namespace) -> Void
    private let handlers = Mutex(Handlers())
    private let population = Mutex(Population())

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
    }

    // MARK: Handlers

    /// Asks `middleware` before a socket is let in, in the order they were given. It may look at the handshake, put data
    /// on the socket, and throw a ``ConnectionRefusal``; the socket is in no room yet, and nothing can be sent to it.
    public func use(_ middleware: @escaping @Sendable (Socket) async throws -> Void) {
        handlers.withLock { $0.middleware.append(middleware) }
    }

    /// Calls `handler` for each new socket. What it sends to the socket comes right after the CONNECT answer; events of
    /// the client wait until it has returned, and so does what is sent to everyone meanwhile.
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

    func emission(_ event: String, _ arguments: OutgoingArguments, policy: OutboundMessage.Policy) -> Emission {
        assert(!PacketParser.reservedNames.contains(event), "\(event) is a reserved name.")
        let packet = OutgoingPacket.event(name: event, arguments: arguments, acknowledgement: nil)
        return Emission(packet, namespace: name, policy: policy)
    }

    func broadcast(_ emission: Emission, rooms: [String], except: [String]) {
        population.withLock { population in
            let excluded = excluded(except, in: population)
            if rooms.isEmpty { hold(emission, except: excluded, in: &population) }
            let targets = targets(rooms, in: population)
            guard !targets.isEmpty else { return }
            // Posted inside of the lock: two events for one room reach all of its members in the same order.
            for lane in population.lanes { lane.post(.broadcast(emission, to: targets, except: excluded)) }
        }
    }

    func sockets(in rooms: [String], except: [String]) -> [Socket] {
        population.withLock { population in
            let excluded = excluded(except, in: population)
            let all = rooms.isEmpty ? ContiguousArray(population.byID.values) : targets(rooms, in: population)
            return all.filter { !excluded.contains(ObjectIdentifier($0)) }
        }
    }

    private func targets(_ rooms: [String], in population: Population) -> ContiguousArray<Socket> {
        guard !rooms.isEmpty else { return population.table.members }
        var targets = population.table.members(of: rooms)
        for room in rooms {
            guard let socket = population.byID[room], !targets.contains(where: { $0 === socket }) else { continue }
            targets.append(socket)
        }
        return targets
    }

    /// - Parameter names: Rooms and ids of sockets.
    private func excluded(_ names: [String], in population: Population) -> Set<ObjectIdentifier> {
        var excluded: Set<ObjectIdentifier> = []
        for name in names {
            if let socket = population.byID[name] { excluded.insert(ObjectIdentifier(socket)) }
            for socket in population.table.members(of: name) { excluded.insert(ObjectIdentifier(socket)) }
        }
        return excluded
    }

    private func hold(_ emission: Emission, except: Set<ObjectIdentifier>, in population: inout Population) {
        for (id, arrival) in population.arriving where !except.contains(id) {
            if arrival.held.count < Self.maxHeld {
                population.arriving[id]?.held.append(emission)
            } else {
                settle(id, in: &population)
                arrival.socket.lane.post(.single(emission, to: arrival.socket))
            }
        }
    }

    // MARK: Rooms

    func join(_ socket: Socket, _ room: String) -> Bool {
        guard room.utf8.count <= configuration.maxNameBytes else { return false }
        return population.withLock {
            guard $0.byID[socket.id] != nil else { return false }
            return $0.table.join(socket, room, limit: configuration.maxRoomsPerSocket)
        }
    }

    func leave(_ socket: Socket, _ room: String) {
        population.withLock { $0.table.leave(socket, room) }
    }

    func rooms(of socket: Socket) -> Set<String> {
        population.withLock { $0.table.rooms(of: socket) }
    }

    // MARK: The life of a socket

    var hasMiddleware: Bool { handlers.withLock { !$0.middleware.isEmpty } }

    /// Asks the middleware, and takes the socket in or has it refused.
    func judge(_ socket: Socket) async {
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
        population.withLock { population in
            // The client may have gone while the middleware thought about it.
            guard socket.isConnected else { return }
            population.byID[socket.id] = socket
            population.arriving[ObjectIdentifier(socket)] = Arrival(socket: socket)
            if !population.lanes.contains(where: { $0 === socket.lane }) { population.lanes.append(socket.lane) }
        }
    }

    func connected(_ socket: Socket) async {
        for handler in handlers.withLock({ $0.connection }) { await handler(socket) }
        population.withLock { settle(ObjectIdentifier(socket), in: &$0) }
    }

    private func settle(_ id: ObjectIdentifier, in population: inout Population) {
        guard let arrival = population.arriving.removeValue(forKey: id) else { return }
        population.table.add(arrival.socket)
        for emission in arrival.held { arrival.socket.lane.post(.single(emission, to: arrival.socket)) }
    }

    /// A client has asked to get in; ``depart(_:)`` must follow, once.
    func attach() {
        population.withLock { $0.attached += 1 }
    }

    func depart(_ socket: Socket) {
        let isEmpty = population.withLock { population in
            if population.byID[socket.id] === socket { population.byID[socket.id] = nil }
            population.attached -= 1
            population.arriving[ObjectIdentifier(socket)] = nil
            population.table.remove(socket)
            return population.attached == 0
        }
        if isEmpty { onEmpty(self) }
    }

    func disconnected(_ socket: Socket, _ reason: DisconnectReason) async {
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
