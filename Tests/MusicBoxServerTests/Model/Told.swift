import Foundation
import MusicBoxAPI
import NIOCore
import Synchronization

@testable import MusicBoxServer

/// All that was ever told, as nobody who comes and goes could hear it: what the clients' memories are measured by.
final class Told: Sendable {
    struct Event: Sendable {
        var seq: Int
        var name: String
        var id: String
        var rooms: [String]
    }

    private struct State {
        var events: [Event] = []
        var recent: [ByteBuffer: (event: Event, json: JSONValue)] = [:]
        var order = CircularBuffer<ByteBuffer>()
    }

    /// More than can be sent again.
    private static let memory = 3 * ReplayLog.limitEvents

    private let state = Mutex(State())

    /// Parses each event once, for everybody who will hear it.
    func note(_ wire: WireEvent) {
        guard let seq = wire.replaySeq else { return }
        let json = parsed(wire.json)
        let event = Event(
            seq: seq,
            name: wire.name,
            id: json["event_id"]?.string ?? "\(wire.name)-\(seq)",
            rooms: wire.rooms
        )
        state.withLock { state in
            state.events.append(event)
            state.recent[wire.json] = (event, json)
            state.order.append(wire.json)
            if state.order.count > Self.memory { state.recent[state.order.removeFirst()] = nil }
        }
    }

    /// The event with this payload; nil for a snapshot or an answer.
    func event(_ payload: ByteBuffer) -> (event: Event, json: JSONValue)? { state.withLock { $0.recent[payload] } }

    var events: [Event] { state.withLock(\.events) }
}
