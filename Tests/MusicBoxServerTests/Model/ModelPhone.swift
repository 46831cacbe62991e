import Foundation
import MusicBoxAPI
import NIOCore
import Synchronization

@testable import MusicBoxServer

/// A phone that comes and goes, asks for what it missed, and keeps a picture of the box: the newest state of each kind.
///
/// What it hears before it is synchronised counts only when it is: a phone that is cut off in between has not seen it.
final class ModelPhone: Sendable {
    private struct State {
        var guest: Guest?
        /// Counts connections: what is still on its way on an old one arrives nowhere.
        var connection = 0
        var isSynchronised = false
        var picture: [String: (seq: Int, json: JSONValue)] = [:]
        /// Numbers of the events seen, by their ids.
        var seen: [String: Int] = [:]
        /// Heard since the connection was made, not yet seen for good.
        var pending: [Told.Event] = []
        var lastSeq = 0
        /// Everything up to this number was replaced by a snapshot.
        var forgotten = 0
        /// The newest number heard because of being in the rooms.
        var newestLive = 0
        var isReplaying = false
        /// `ack:join` of the room `nfc` was heard: what came before it was a snapshot.
        var isInNFC = false
        /// The number of the newest `sync:error` for the room `nfc`: up to it, what follows is a snapshot.
        var nfcReset = 0
        var complaints: [String] = []
    }

    private let rig: GatewayRig
    private let told: Told
    /// The playlist that it looks at, beside the list of all.
    let playlistID: String
    private let rooms: Set<String>
    private let state = Mutex(State())

    init(rig: GatewayRig, told: Told, playlistID: String) {
        self.rig = rig
        self.told = told
        self.playlistID = playlistID
        rooms = [RoomName.playlists, RoomName.nfc, RoomName.playlist(playlistID)]
    }

    var isConnected: Bool { state.withLock { $0.guest != nil } }
    var guest: Guest? { state.withLock(\.guest) }
    var complaints: [String] { state.withLock(\.complaints) }

    // MARK: - Coming and going

    /// Joins its rooms and asks for what it missed; or is cut off before it could.
    func come(cutOff: Bool = false) async {
        guard !isConnected else { return }
        let connection = state.withLock { state in
            state.connection += 1
            state.newestLive = 0
            state.isInNFC = false
            state.nfcReset = 0
            return state.connection
        }
        let guest = rig.lobby.enter { [weak self] name, payload in self?.hear(name, payload, on: connection) }
        state.withLock { $0.guest = guest }
        await rig.send(EventName.joinPlaylists, from: guest)
        await rig.send(EventName.joinNFC, from: guest)
        await rig.send(EventName.joinPlaylist, ["playlist_id": .string(playlistID)], from: guest)
        if cutOff { return drop() }
        let last = state.withLock { state in
            state.isReplaying = true
            return state.lastSeq
        }
        let answer = await rig.send("sync:request", last == 0 ? [:] : ["last_global_seq": .int(last)], from: guest)
        state.withLock { state in
            state.isReplaying = false
            state.isSynchronised = true
            if answer["status"] == "error" {
                // Snapshots came instead; what is older than them is of no interest any more.
                let seq = answer["server_seq"]?.int ?? 0
                state.forgotten = max(state.forgotten, seq)
                state.lastSeq = max(state.lastSeq, seq)
            }
            for event in state.pending { see(event, &state) }
            state.pending = []
        }
    }

    func drop() {
        let guest = state.withLock { state in
            defer { state.guest = nil }
            state.isSynchronised = false
            state.pending = []
            return state.guest
        }
        guest?.drop()
    }

    // MARK: - Hearing

    private func hear(_ name: String, _ payload: ByteBuffer, on connection: Int) {
        guard name != EventName.stateTrackPosition else { return }
        let known = told.event(payload)
        let json = known?.json ?? parsed(payload)
        state.withLock { state in
            guard state.guest != nil, state.connection == connection else { return }
            if name.hasPrefix("state:"), let seq = json["server_seq"]?.int, let data = json["data"] {
                if seq >= state.picture[name]?.seq ?? 0 { state.picture[name] = (seq, data) }
            }
            notePlace(name, json, &state)
            guard let event = known?.event, !isSnapshot(name, json, state) else { return }
            if event.seq > state.newestLive {
                state.newestLive = event.seq
            } else if event.seq < state.newestLive, !state.isReplaying {
                state.complaints.append("\(event.id): number \(event.seq) after \(state.newestLive)")
            }
            if state.isSynchronised { see(event, &state) } else { state.pending.append(event) }
        }
    }

    private func notePlace(_ name: String, _ json: JSONValue, _ state: inout State) {
        let nfc = JSONValue.string(RoomName.nfc)
        if name == EventName.ackJoin, json["room"] == nfc { state.isInNFC = true }
        if name == EventName.syncError, json["requested_rooms"]?.array?.contains(nfc) == true {
            state.nfcReset = json["server_seq"]?.int ?? 0
        }
    }

    /// `nfc_status` has no `event_id`: a snapshot of an association session in the very moment of its last change has the
    /// bytes of that change. Its place among the other events tells which it is.
    private func isSnapshot(_ name: String, _ json: JSONValue, _ state: State) -> Bool {
        guard name == EventName.nfcStatus else { return false }
        return !state.isInNFC || json["server_seq"]?.int ?? 0 <= state.nfcReset
    }

    private func see(_ event: Told.Event, _ state: inout State) {
        if state.seen.updateValue(event.seq, forKey: event.id) != nil {
            state.complaints.append("\(event.id) (\(event.name)) was seen twice")
        }
        state.lastSeq = max(state.lastSeq, event.seq)
    }

    // MARK: - Judgement

    /// The events of its rooms that it never saw, and those that it should not have.
    func gaps(in events: [Told.Event]) -> [String] {
        let (seen, forgotten) = state.withLock { ($0.seen, $0.forgotten) }
        return events.filter { event in
            event.seq > forgotten && !rooms.isDisjoint(with: event.rooms) && seen[event.id] == nil
        }.map { "\($0.id) (\($0.name), number \($0.seq)) was never seen" }
    }

    func picture(_ name: String) -> JSONValue? { state.withLock { $0.picture[name]?.json } }
}
