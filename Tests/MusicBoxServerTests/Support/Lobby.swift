import Foundation
import MusicBoxAPI
import NIOCore
import SocketIO
import Synchronization

@testable import MusicBoxServer

/// A door in this process: rooms without a network.
final class Lobby: Door {
    private let members = Mutex<[String: [ObjectIdentifier: Guest]]>([:])
    private let guests = Mutex<[ObjectIdentifier: Guest]>([:])
    /// Called with each event before anybody hears it.
    let witness: (@Sendable (WireEvent) -> Void)?

    init(witness: (@Sendable (WireEvent) -> Void)? = nil) { self.witness = witness }

    /// - Parameter hear: gets what the guest hears in place of its memory.
    func enter(_ hear: (@Sendable (String, ByteBuffer) -> Void)? = nil) -> Guest {
        let guest = Guest(lobby: self, hear: hear)
        guests.withLock { $0[ObjectIdentifier(guest)] = guest }
        return guest
    }

    func deliver(_ event: WireEvent) {
        witness?(event)
        let targets: [ObjectIdentifier: Guest] =
            switch event.audience {
            case .everyone: guests.withLock { $0 }
            case .rooms(let rooms):
                members.withLock { members in
                    rooms.reduce(into: [:]) { $0.merge(members[$1] ?? [:]) { first, _ in first } }
                }
            }
        for guest in targets.values { guest.emit(event.name, json: event.json) }
    }

    func isAnyone(in room: String) -> Bool { members.withLock { $0[room]?.isEmpty == false } }

    fileprivate func join(_ guest: Guest, _ room: String) {
        members.withLock { $0[room, default: [:]][ObjectIdentifier(guest)] = guest }
    }

    fileprivate func leave(_ guest: Guest, _ room: String) {
        members.withLock { $0[room]?[ObjectIdentifier(guest)] = nil }
    }

    fileprivate func remove(_ guest: Guest) {
        members.withLock { members in
            for room in guest.rooms { members[room]?[ObjectIdentifier(guest)] = nil }
        }
        guests.withLock { $0[ObjectIdentifier(guest)] = nil }
    }
}

/// One connection to a ``Lobby``.
final class Guest: Client {
    let id = UUID().uuidString
    let attendance = Attendance()
    private let lobby: Lobby
    private let hear: (@Sendable (String, ByteBuffer) -> Void)?
    private let state = Mutex<(rooms: Set<String>, heard: [(name: String, json: ByteBuffer)])>(([], []))

    init(lobby: Lobby, hear: (@Sendable (String, ByteBuffer) -> Void)?) {
        self.lobby = lobby
        self.hear = hear
    }

    var rooms: Set<String> { state.withLock(\.rooms) }

    func join(_ room: String) -> Bool {
        state.withLock { _ = $0.rooms.insert(room) }
        lobby.join(self, room)
        return true
    }

    func leave(_ room: String) {
        state.withLock { _ = $0.rooms.remove(room) }
        lobby.leave(self, room)
    }

    func emit(_ event: String, json: ByteBuffer) {
        if let hear { hear(event, json) } else { state.withLock { $0.heard.append((event, json)) } }
    }

    /// Gone without a word.
    func drop() { lobby.remove(self) }

    /// What was heard since the last time, parsed; without positions.
    func heard() -> [(name: String, json: JSONValue)] {
        let heard = state.withLock { state in
            defer { state.heard = [] }
            return state.heard
        }
        return heard.filter { $0.name != EventName.stateTrackPosition }
            .map { ($0.name, parsed($0.json)) }
    }
}

/// A gateway before a real box, with a door in this process.
struct GatewayRig: Sendable {
    let server: ServerRig
    let gateway: Gateway
    let broadcaster: Broadcaster
    let lobby: Lobby

    /// Sends an event as a client does; its acknowledgement.
    @discardableResult
    func send(_ event: String, _ fields: JSONValue = [:], from guest: Guest) async -> JSONValue {
        let json = (try? JSON.buffer(fields)) ?? ByteBuffer()
        let answer = await gateway.handle(event, .init(json: json), from: guest)
        let text = (answer as? SocketIOJSON)?.text ?? (try? JSON.buffer(AnyAnswer(answer)))
        return text.map(parsed) ?? .null
    }

    /// Returns when all that has happened so far was told.
    func settle() async throws { try await broadcaster.inOrder({ _ in }, then: { _, _, _ in }) }
}

@discardableResult
func withGateway<Result: Sendable>(
    witness: (@Sendable (WireEvent) -> Void)? = nil,
    _ body: (GatewayRig) async throws -> Result
) async throws -> Result {
    try await withServer { server in
        let lobby = Lobby(witness: witness)
        let logger = SilentLogger.make()
        let broadcaster = Broadcaster(box: server.box, door: lobby, logger: logger)
        let gateway = Gateway(box: server.box, broadcaster: broadcaster, logger: logger)
        let running = Task { await broadcaster.run() }
        let rig = GatewayRig(server: server, gateway: gateway, broadcaster: broadcaster, lobby: lobby)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(rig)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        return try result.get()
    }
}

private struct AnyAnswer: Encodable {
    let answer: any Encodable

    init(_ answer: any Encodable) { self.answer = answer }

    func encode(to encoder: any Encoder) throws { try answer.encode(to: encoder) }
}

/// Quicker by far than the decoding of `JSONValue`, which tries one type after the other.
func parsed(_ text: ByteBuffer) -> JSONValue {
    func value(_ any: Any?) -> JSONValue {
        switch any {
        case let text as String: .string(text)
        case let object as [String: Any]: .object(object.mapValues(value))
        case let array as [Any]: .array(array.map(value))
        case let number as NSNumber:
            CFBooleanProbe.isBool(number)
                ? .bool(number.boolValue)
                : Int(exactly: number.doubleValue).map { .int($0) } ?? .double(number.doubleValue)
        default: .null
        }
    }
    return value(try? JSONSerialization.jsonObject(with: Data(text.readableBytesView), options: .fragmentsAllowed))
}

private enum CFBooleanProbe {
    static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
