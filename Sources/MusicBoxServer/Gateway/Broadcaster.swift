import Logging
import MusicBox
import MusicBoxAPI
import NIOCore

/// Carries the box's events to the rooms: encodes each once, whatever the number of listeners, and keeps
/// what a client that comes back has missed.
///
/// Who joins, leaves or asks for what it missed gets its turn in the same order as the events, so that it hears of each
/// change once: in the snapshot, in what is sent again, or by being in the room.
actor Broadcaster {
    private let box: MusicBox
    private let door: any Door
    private let logger: Logger
    nonisolated let subscription: EventSubscription
    private var encoder = WireEncoder()
    private var log: ReplayLog
    /// The rooms that somebody has joined; no more than there were playlists.
    private var shownRooms: Set<String> = []

    init(box: MusicBox, door: any Door, logger: Logger) {
        self.box = box
        self.door = door
        self.logger = logger
        log = ReplayLog(floor: box.hub.currentSeq)
        subscription = box.hub.subscribe()
    }

    /// Works until cancelled.
    func run() async {
        let door = door
        box.hub.setPositionAudience { door.isAnyone(in: RoomName.playlists) }
        defer { box.hub.unsubscribe(subscription) }
        await withDiscardingTaskGroup { group in
            while let items = await subscription.next() {
                for item in items {
                    switch item {
                    case .event(let event): broadcast(event)
                    case .mark(let mark): await mark()
                    case .gap:
                        // Nobody can be sent again what was lost; until the whole state is out, nothing can.
                        log.clear(floor: .max)
                        group.addTask { await self.broadcastWholeState() }
                    }
                }
            }
        }
    }

    // MARK: - Taking turns

    /// Reads from the box between two of its changes, and calls `act` when exactly the events up to this moment were
    /// sent to the rooms.
    ///
    /// - Throws: what `read` throws; `BoxError` when the box takes no more.
    nonisolated func inOrder<Reading: Sendable, Result: Sendable>(
        _ read: @escaping @Sendable (isolated MusicBox) async throws -> Reading,
        then act: @escaping @Sendable (isolated Broadcaster, Reading, Moment) -> Result
    ) async throws -> Result {
        let turn = try await box.enqueue { box in
            let reading = try await read(box)
            let moment = Moment(serverSeq: box.hub.currentSeq, timestampMs: box.time.wallMilliseconds)
            let turn = Turn<Result>()
            guard box.hub.mark(self.subscription, { turn.done(await self.take(reading, moment, act)) }) else {
                throw BoxError.shuttingDown
            }
            return turn
        }
        return await turn.result()
    }

    private func take<Reading: Sendable, Result: Sendable>(
        _ reading: Reading,
        _ moment: Moment,
        _ act: @Sendable (isolated Broadcaster, Reading, Moment) -> Result
    ) -> Result {
        act(self, reading, moment)
    }

    // MARK: - For who has the turn

    /// Puts a client into a room and sends it the room's present state.
    ///
    /// - Returns: false when it cannot be in more rooms.
    func admit(_ client: any Client, to room: String, _ state: [BoxEvent], at moment: Moment) -> Bool {
        guard client.join(room) else { return false }
        if client.attendance[room] == nil { client.attendance[room] = moment.serverSeq }
        shownRooms.insert(room)
        send(state, to: client, at: moment)
        return true
    }

    func dismiss(_ client: any Client, from room: String) {
        client.leave(room)
        client.attendance[room] = nil
    }

    func send(_ state: [BoxEvent], to client: any Client, at moment: Moment) {
        for event in state {
            do {
                let snapshot = try encoder.snapshot(of: event, at: moment)
                client.emit(snapshot.name, json: snapshot.json)
            } catch {
                logger.error("A snapshot could not be encoded", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Sends what the client missed in the rooms of `request` as far as the log reaches back.
    ///
    /// - Parameter playlistSeqs: the present numbers of the playlists that `request` has numbers of.
    /// - Returns: the rooms of the request that the client is in: those done, and those that need a snapshot.
    func replay(
        _ request: SyncRequest,
        playlistSeqs: [String: Int],
        to client: any Client,
        at moment: Moment
    ) -> (synced: [String], failed: [String]) {
        let joined = client.rooms
        let rooms = (request.requestedRooms ?? joined.sorted()).filter { joined.contains($0) }
        var gaps: [String: ReplayLog.Gap] = [:]
        var failed: [String] = []
        for room in rooms where gaps[room] == nil && !failed.contains(room) {
            let heard = client.attendance[room] ?? moment.serverSeq
            let playlistID = RoomName.playlistID(of: room)
            let gap: ReplayLog.Gap? =
                if let playlistID, let seen = request.lastPlaylistSeqs?[playlistID] {
                    .playlistSeq(above: seen, upTo: heard)
                } else {
                    request.lastGlobalSeq.map { .serverSeq(above: $0, upTo: heard) }
                }
            let playlistSeq = playlistID.flatMap { playlistSeqs[$0] }
            if let gap, log.reaches(gap, in: room, current: moment.serverSeq, playlistSeq: playlistSeq) {
                gaps[room] = gap
            } else {
                failed.append(room)
            }
        }
        let missed = log.missed(gaps) { event in
            event.rooms.contains { room in
                joined.contains(room) && client.attendance[room].map { (event.replaySeq ?? 0) > $0 } ?? false
            }
        }
        for event in missed { client.emit(event.name, json: event.json) }
        // Sent once is sent: the same request again finds nothing.
        for (room, gap) in gaps {
            let first = missed.first { $0.rooms.contains(room) }?.replaySeq
            switch gap {
            case .serverSeq(let seen, let heard): client.attendance[room] = min(seen, heard)
            case .playlistSeq(_, let heard): client.attendance[room] = min(first.map { $0 - 1 } ?? heard, heard)
            }
        }
        return (rooms.filter { gaps[$0] != nil }, failed)
    }

    // MARK: - Events

    private func broadcast(_ event: SequencedEvent) {
        do {
            for wire in try encoder.events(for: event) {
                log.append(wire)
                door.deliver(wire)
            }
        } catch {
            logger.error("An event could not be encoded", metadata: ["error": "\(error)"])
        }
    }

    /// This process was too slow to follow its own events: listeners get the whole picture again.
    private nonisolated func broadcastWholeState() async {
        logger.warning("Events were lost on the way to the clients; sending the whole state")
        do {
            let rooms = await roomsInUse()
            try await inOrder { box in
                var state: [BoxEvent] = []
                for room in rooms { state += try await Picture.room(room, of: box) }
                return state
            } then: { broadcaster, state, moment in
                broadcaster.restore(state, at: moment)
            }
        } catch {
            logger.error("The state could not be read", metadata: ["error": "\(error)"])
        }
    }

    private func roomsInUse() -> [String] {
        shownRooms = shownRooms.filter { door.isAnyone(in: $0) }
        return shownRooms.sorted()
    }

    private func restore(_ state: [BoxEvent], at moment: Moment) {
        log.clear(floor: moment.serverSeq)
        for event in state {
            do {
                door.deliver(try encoder.snapshot(of: event, at: moment))
            } catch {
                logger.error("A snapshot could not be encoded", metadata: ["error": "\(error)"])
            }
        }
    }
}
