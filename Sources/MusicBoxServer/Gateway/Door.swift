import SocketIO

/// A way for clients to come in. All doors lead to the same rooms and the same rules.
protocol Door: Sendable {
    /// Sends an event to its audience.
    func deliver(_ event: WireEvent)
    /// Whether anybody of this door is in the room.
    func isAnyone(in room: String) -> Bool
}

/// The door of Socket.IO.
struct SocketIODoor: Door {
    let namespace: Namespace

    func deliver(_ event: WireEvent) {
        var broadcast = namespace.everyone
        if case .rooms(let rooms) = event.audience {
            guard let first = rooms.first else { return }
            broadcast = rooms.dropFirst().reduce(namespace.to(first)) { $0.to($1) }
        }
        if event.isVolatile { broadcast = broadcast.volatile(key: event.name) }
        broadcast.emit(event.name, json: event.json)
    }

    func isAnyone(in room: String) -> Bool { namespace.socketCount(in: room) > 0 }
}
