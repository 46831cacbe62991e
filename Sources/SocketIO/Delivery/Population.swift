import NIOCore

/// The sockets of a namespace, the rooms they are in, and what absent ones may come back to.
///
/// Lives behind the namespace's lock. What is sent is posted to the lanes in here, inside of the lock, so that two events
/// for one room reach all of its members in the same order.
struct Population {
    /// A socket whose connection handlers still run, and what was sent to everyone meanwhile.
    private struct Arrival {
        var socket: Socket
        var held: [Emission] = []
    }

    /// More than this is not held back for a socket whose connection handlers take long.
    private static let maxHeld = 64

    private(set) var table = RoomTable<Socket>()
    private(set) var byID: [String: Socket] = [:]
    private var arriving: [ObjectIdentifier: Arrival] = [:]
    private(set) var lanes: [Lane] = []
    /// Sockets in the namespace, and those that the middleware still thinks about.
    private var attached = 0
    /// nil when clients cannot come back.
    private var log: RecoveryLog?
    /// Will call ``expire()``.
    private var expiry: (at: NIODeadline, task: Scheduled<Void>)?

    init(configuration: SocketIOConfiguration) {
        log = configuration.connectionStateRecovery.map {
            RecoveryLog($0, configuration: configuration, prefix: String(RandomIdentifier.make().prefix(8)))
        }
    }

    /// Nobody is here, and nobody may come back.
    var isEmpty: Bool { attached == 0 && log?.sessionCount ?? 0 == 0 }

    // MARK: Sending

    mutating func broadcast(_ emission: Emission, rooms: [String], except: [String]) {
        let emission = logged(emission, rooms: rooms, except: except)
        let excluded = excluded(except)
        if rooms.isEmpty { hold(emission, except: excluded) }
        let targets = targets(rooms)
        guard !targets.isEmpty else { return }
        for lane in lanes { lane.post(.broadcast(emission, to: targets, except: excluded)) }
    }

    mutating func send(_ emission: Emission, to socket: Socket) {
        // A socket that is gone may come back; then it has missed this.
        let emission = logged(emission, rooms: [socket.id], except: [])
        socket.lane.post(.single(emission, to: socket))
    }

    /// Sends a question, under one number, to everyone who takes it.
    ///
    /// - Parameter expect: Called for each recipient before it can answer; false when it owes too many answers.
    mutating func ask(_ emission: Emission, rooms: [String], except: [String], expect: (Socket) -> Bool) {
        let excluded = excluded(except)
        let asked = ContiguousArray(targets(rooms).filter { !excluded.contains(ObjectIdentifier($0)) && expect($0) })
        guard !asked.isEmpty else { return }
        for lane in lanes { lane.post(.broadcast(emission, to: asked, except: [])) }
    }

    private mutating func logged(_ emission: Emission, rooms: [String], except: [String]) -> Emission {
        // With nobody here or expected there is nobody who could ask for it.
        guard log != nil, !isEmpty, emission.isRecoverable else { return emission }
        let now = NIODeadline.now()
        log?.expire(now)
        return log?.append(emission, rooms: rooms, except: except, now: now) ?? emission
    }

    func sockets(in rooms: [String], except: [String]) -> [Socket] {
        let excluded = excluded(except)
        let all = rooms.isEmpty ? ContiguousArray(byID.values) : targets(rooms)
        return all.filter { !excluded.contains(ObjectIdentifier($0)) }
    }

    private func targets(_ rooms: [String]) -> ContiguousArray<Socket> {
        guard !rooms.isEmpty else { return table.members }
        var targets = table.members(of: rooms)
        let named = rooms.compactMap { byID[$0] }
        guard !named.isEmpty else { return targets }
        var known = Set(targets.map(ObjectIdentifier.init))
        for socket in named where known.insert(ObjectIdentifier(socket)).inserted { targets.append(socket) }
        return targets
    }

    /// - Parameter names: Rooms and ids of sockets.
    private func excluded(_ names: [String]) -> Set<ObjectIdentifier> {
        var excluded: Set<ObjectIdentifier> = []
        for name in names {
            if let socket = byID[name] { excluded.insert(ObjectIdentifier(socket)) }
            for socket in table.members(of: name) { excluded.insert(ObjectIdentifier(socket)) }
        }
        return excluded
    }

    private mutating func hold(_ emission: Emission, except: Set<ObjectIdentifier>) {
        for (id, arrival) in arriving where !except.contains(id) {
            if arrival.held.count < Self.maxHeld {
                arriving[id]?.held.append(emission)
            } else {
                settle(id)
                arrival.socket.lane.post(.single(emission, to: arrival.socket))
            }
        }
    }

    // MARK: Rooms

    /// - Returns: False when the socket is not here, or in `limit` other rooms already.
    mutating func join(_ socket: Socket, _ room: String, limit: Int) -> Bool {
        guard byID[socket.id] === socket else { return false }
        return table.join(socket, room, limit: limit)
    }

    mutating func leave(_ socket: Socket, _ room: String) {
        table.leave(socket, room)
    }

    // MARK: The life of a socket

    /// A client has asked to get in; ``depart(_:saving:)`` must follow, once.
    mutating func attach() {
        attached += 1
    }

    /// The client is in, and has been told so.
    ///
    /// - Returns: False when it came back and what it has missed is not kept any more.
    mutating func arrive(_ socket: Socket) -> Bool {
        var missed: [Emission] = []
        if let recovery = socket.recovery {
            let rooms = recovery.session.rooms
            guard let events = log?.missed(since: recovery.position, sid: socket.id, rooms: rooms) else {
                return false
            }
            missed = events
        }
        byID[socket.id] = socket
        if !lanes.contains(where: { $0 === socket.lane }) { lanes.append(socket.lane) }
        guard log != nil else {
            arriving[ObjectIdentifier(socket)] = Arrival(socket: socket)
            return true
        }
        // Nothing is held back: what a client has of the log must be all of it up to a point.
        table.add(socket)
        for room in socket.recovery?.session.rooms ?? [] { _ = table.join(socket, room, limit: .max) }
        for emission in missed { socket.lane.post(.single(emission, to: socket)) }
        return true
    }

    /// Its connection handlers have returned.
    mutating func settle(_ socket: Socket) {
        settle(ObjectIdentifier(socket))
    }

    private mutating func settle(_ id: ObjectIdentifier) {
        guard let arrival = arriving.removeValue(forKey: id) else { return }
        table.add(arrival.socket)
        for emission in arrival.held { arrival.socket.lane.post(.single(emission, to: arrival.socket)) }
    }

    /// - Parameter session: Makes what the client comes back with, if it may, from its rooms.
    mutating func depart(_ socket: Socket, saving session: (Set<String>) -> RecoveryLog.Session?) {
        var rooms = socket.recovery?.session.rooms
        if byID[socket.id] === socket {
            byID[socket.id] = nil
            rooms = table.rooms(of: socket)
        }
        // Who was never in has nothing to come back to.
        if log != nil, let rooms, let session = session(rooms) { log?.save(session, now: .now()) }
        attached -= 1
        arriving[ObjectIdentifier(socket)] = nil
        table.remove(socket)
    }

    // MARK: Coming back

    var isRecoverable: Bool { log != nil }

    mutating func recover(_ request: RecoveryRequest) -> RecoveryLog.Recovery? {
        log?.take(pid: request.pid, offset: request.offset, now: .now())
    }

    /// Forgets what is too old.
    mutating func expire() {
        expiry = nil
        log?.expire(.now())
    }

    /// Has `work` call ``expire()`` in time. Not more than once a second: what has expired is of no effect anyhow, it only
    /// takes room.
    mutating func scheduleExpiry(_ work: @escaping @Sendable () -> Void) {
        guard let next = log?.nextExpiry, let loop = lanes.first?.eventLoop else { return }
        let deadline = max(next, .now() + .seconds(1))
        if let expiry {
            guard deadline < expiry.at else { return }
            expiry.task.cancel()
        }
        expiry = (deadline, loop.scheduleTask(deadline: deadline, work))
    }

    func cancelExpiry() {
        expiry?.task.cancel()
    }
}
