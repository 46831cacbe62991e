import Logging
import MusicBox
import MusicBoxAPI
import SocketIO

/// Carries the box's events to the rooms: encodes each once, whatever the number of listeners.
struct Broadcaster: Sendable {
    let box: MusicBox
    let namespace: Namespace
    let logger: Logger

    /// Works until cancelled.
    func run() async {
        let namespace = namespace
        box.hub.setPositionAudience { namespace.socketCount(in: RoomName.playlists) > 0 }
        let subscription = box.hub.subscribe()
        defer { box.hub.unsubscribe(subscription) }
        while let items = await subscription.next() {
            for item in items {
                switch item {
                case .event(let event): broadcast(event)
                case .gap: await broadcastWholeState()
                }
            }
        }
    }

    private func broadcast(_ event: SequencedEvent) {
        do {
            for wire in try WireEvent.events(for: event) {
                for room in wire.rooms {
                    let broadcast = namespace.to(room)
                    (wire.isVolatile ? broadcast.volatile(key: wire.name) : broadcast).emit(wire.name, json: wire.json)
                }
            }
        } catch {
            logger.error("An event could not be encoded", metadata: ["error": "\(error)"])
        }
    }

    /// This process was too slow to follow its own events: listeners get the whole picture again.
    private func broadcastWholeState() async {
        logger.warning("Events were lost on the way to the clients; sending the whole state")
        do {
            for snapshot in try await Snapshot.playlistsRoom(of: box) { broadcast(snapshot) }
        } catch {
            logger.error("The state could not be read", metadata: ["error": "\(error)"])
        }
    }
}
