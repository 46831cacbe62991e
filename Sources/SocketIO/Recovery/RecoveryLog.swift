import NIOCore

/// What clients that are away may come back to: the newest events of a namespace, and who is away; without I/O and with
/// time from outside.
struct RecoveryLog {
    /// An absent client.
    struct Session: Sendable {
        let sid: String
        /// The secret that it comes back with.
        let pid: String
        let rooms: Set<String>
        let data: SocketData
        /// The handlers of the connection that broke: those of the next one wait for them.
        let handlers: WorkTracker
    }

    /// A client that may come back, and where in the log it goes on.
    struct Recovery {
        let session: Session
        /// What it has been sent ends before this number.
        let position: Int
    }

    private struct Event {
        let emission: Emission
        let rooms: [String]
        let excluded: [String]
        let size: Int
        let at: NIODeadline

        func isFor(_ sid: String, in joined: Set<String>) -> Bool {
            func concerns(_ name: String) -> Bool { name == sid || joined.contains(name) }
            return (rooms.isEmpty || rooms.contains(where: concerns)) && !excluded.contains(where: concerns)
        }
    }

    private let settings: ConnectionStateRecovery
    private let maxAbsence: TimeAmount
    /// Events outlive absences by the time in which the server does not notice that a client is gone.
    private let maxAge: TimeAmount
    /// More than this cannot be sent at once: the client would be closed as too slow.
    private let maxMissed: (events: Int, bytes: Int)
    /// In front of every offset, so that no other text and no offset of another process is taken for one of ours.
    private let prefix: String
    private var events = CircularBuffer<Event>()
    /// The number of the first of `events`.
    private var first = 0
    /// The size of `events`, bytes.
    private(set) var bytes = 0
    private var sessions: [String: (session: Session, until: NIODeadline)] = [:]
    /// In the order in which they expire; some may have come back already.
    private var expiring = CircularBuffer<(pid: String, until: NIODeadline)>()

    init(_ settings: ConnectionStateRecovery, configuration: SocketIOConfiguration, prefix: String) {
        self.settings = settings
        self.prefix = prefix
        maxAbsence = TimeAmount(settings.maxDisconnectionDuration)
        maxAge = maxAbsence + TimeAmount(configuration.pingInterval) + TimeAmount(configuration.pingTimeout)
        maxMissed = (configuration.outboundLimitMessages - 1, configuration.outboundLimitBytes)
    }

    var eventCount: Int { events.count }
    var sessionCount: Int { sessions.count }

    /// When ``expire(_:)`` has something to do; nil when nothing is kept.
    var nextExpiry: NIODeadline? {
        [expiring.first?.until, events.first.map { $0.at + maxAge }].compactMap { $0 }.min()
    }

    // MARK: Events

    /// Keeps an event.
    ///
    /// - Returns: What is to be sent in its place: it has an offset.
    mutating func append(
        _ emission: Emission,
        rooms: [String],
        except excluded: [String],
        now: NIODeadline
    ) -> Emission {
        let kept = emission.with(offset: prefix + String(first + events.count, radix: 36))
        let size = emission.packet.memory
        events.append(Event(emission: kept, rooms: rooms, excluded: excluded, size: size, at: now))
        bytes += size
        while events.count > settings.maxEvents || bytes > settings.maxBytes { removeFirst() }
        return kept
    }

    /// The events since `position` for a client in `rooms`, in order.
    ///
    /// - Returns: nil when some of them are gone, or they are more than a client can be sent.
    func missed(since position: Int, sid: String, rooms: Set<String>) -> [Emission]? {
        guard position >= first, position <= first + events.count else { return nil }
        var missed: [Emission] = []
        var bytes = 0
        for event in events.dropFirst(position - first) where event.isFor(sid, in: rooms) {
            missed.append(event.emission)
            bytes += event.size
        }
        guard missed.count <= maxMissed.events, bytes <= maxMissed.bytes else { return nil }
        return missed
    }

    private mutating func removeFirst() {
        guard let event = events.popFirst() else { return }
        first += 1
        bytes -= event.size
    }

    /// The number of the event with this offset.
    private func number(of offset: String) -> Int? {
        guard offset.hasPrefix(prefix) else { return nil }
        let digits = String(offset.dropFirst(prefix.count))
        guard let number = Int(digits, radix: 36), number >= 0, String(number, radix: 36) == digits else { return nil }
        return number
    }

    // MARK: Sessions

    /// A client is away.
    mutating func save(_ session: Session, now: NIODeadline) {
        let until = now + maxAbsence
        sessions[session.pid] = (session, until)
        expiring.append((session.pid, until))
        while sessions.count > settings.maxSessions, let oldest = expiring.popFirst() { forget(oldest) }
        // Who comes and goes all the time leaves entries behind.
        if expiring.count > 2 * sessions.count + 16 {
            expiring = CircularBuffer(expiring.filter { sessions[$0.pid]?.until == $0.until })
        }
    }

    /// A client is back. Nobody else can come back with this secret, until it is away again.
    ///
    /// - Returns: nil when it is unknown here, away for too long, or has missed what is not kept any more. Only in the
    ///   last case its state is forgotten too.
    mutating func take(pid: String, offset: String, now: NIODeadline) -> Recovery? {
        guard let (session, until) = sessions[pid], until > now, let last = number(of: offset),
            last < first + events.count
        else { return nil }
        sessions[pid] = nil
        guard missed(since: last + 1, sid: session.sid, rooms: session.rooms) != nil else { return nil }
        return Recovery(session: session, position: last + 1)
    }

    // MARK: Time

    mutating func expire(_ now: NIODeadline) {
        while let oldest = expiring.first, oldest.until <= now {
            expiring.removeFirst()
            forget(oldest)
        }
        while let oldest = events.first, oldest.at + maxAge <= now { removeFirst() }
    }

    private mutating func forget(_ entry: (pid: String, until: NIODeadline)) {
        if sessions[entry.pid]?.until == entry.until { sessions[entry.pid] = nil }
    }
}

extension OutgoingPacket {
    /// What an event takes while it is kept: its arguments, the frame made of them, and what is around both.
    fileprivate var memory: Int {
        guard case .event(let name, let arguments, _) = self else { return 0 }
        let content = (arguments.values + arguments.attachments).reduce(0) { $0 + $1.readableBytes }
        return 2 * (name.utf8.count + content) + 256
    }
}

/// What a client that comes back says in its CONNECT.
struct RecoveryRequest: Decodable {
    let pid: String
    let offset: String

    /// - Parameter auth: The payload of CONNECT, a JSON object.
    init?(auth: ByteBuffer) {
        guard let arguments = EventArguments(json: auth), let request = try? arguments.decode(Self.self) else {
            return nil
        }
        self = request
    }
}
