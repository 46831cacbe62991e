import SocketIO

/// The way out to the clients. Those of Socket.IO and of the plain WebSocket are in the same namespace; tests have a
/// door without a network.
protocol Door: Sendable {
    /// Sends an event to its audience.
    func deliver(_ event: WireEvent)
    func isAnyone(in room: String) -> Bool
}

extension Namespace: Door {
    func deliver(_ event: WireEvent) {
        var broadcast = everyone
        if case .rooms(let rooms) = event.audience {
            guard let first = rooms.first else { return }
            broadcast = rooms.dropFirst().reduce(to(first)) { $0.to($1) }
        }
        if event.isVolatile { broadcast = broadcast.volatile(key: event.name) }
        broadcast.emit(event.name, json: event.json)
    }

    func isAnyone(in room: String) -> Bool { socketCount(in: room) > 0 }
}
