import NIOCore
import SocketIO

/// Rooms and bursts, for benchmarks and for tests of delivery.
enum RoomHandlers {
    static let room = "playlists"

    private struct Burst: Decodable {
        var count: Int
        /// Bytes of padding in each event.
        var pad: Int?
    }

    private struct BurstEvent: Encodable {
        var number: Int
        var pad: String
    }

    static func register(on namespace: Namespace) {
        namespace.on("join:playlists") { socket, _ in [["success": socket.join(room)]] }
        namespace.on("leave:playlists") { socket, _ in
            socket.leave(room)
            return [["success": true]]
        }
        namespace.on("burst") { _, arguments in
            let burst = try arguments.decode(Burst.self)
            let pad = String(repeating: "x", count: max(0, burst.pad ?? 0))
            for number in 0..<burst.count {
                namespace.to(room).emit("state:burst", BurstEvent(number: number, pad: pad))
            }
            return [["count": burst.count]]
        }
    }
}
