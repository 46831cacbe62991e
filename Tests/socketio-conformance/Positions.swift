import NIOCore
import SocketIO

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `state:track_position` at a steady rate, in an envelope of about 250 bytes.
final class Positions: Sendable {
    private struct Envelope: Encodable {
        struct Position: Encodable {
            var position_ms: Int
            var track_id = "3f2a9c4e-0d1b-4a63-9f0e-7c5d2b8a1e60"
            var is_playing = true
            var duration_ms = 215_000
        }

        var event_type = "state:track_position"
        var server_seq: Int
        var data: Position
        var timestamp: Int
        var event_id: String
    }

    private let namespace: Namespace

    init(_ namespace: Namespace) {
        self.namespace = namespace
    }

    func start(on eventLoop: any EventLoop, hz: Double) {
        let period = TimeAmount.nanoseconds(Int64(1_000_000_000 / hz))
        tick(0, at: eventLoop.now + period, every: period, on: eventLoop)
    }

    private func tick(_ number: Int, at time: NIODeadline, every period: TimeAmount, on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(deadline: time) {
            let milliseconds = Self.wallMilliseconds
            let envelope = Envelope(
                server_seq: number,
                data: .init(position_ms: number * Int(period.nanoseconds) / 1_000_000),
                timestamp: milliseconds,
                event_id: "position-\(number)"
            )
            self.namespace.to(RoomHandlers.room).volatile(key: "position").emit("state:track_position", envelope)
            self.tick(number + 1, at: time + period, every: period, on: eventLoop)
        }
    }

    private static var wallMilliseconds: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}

/// Line buffering is off when nobody sits at a terminal.
func flushOutput() {
    fflush(nil)
}
