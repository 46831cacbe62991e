import SocketIO

/// What tests of connection state recovery need: rooms, data and events for clients that are away.
enum RecoveryHandlers {
    private enum Nickname: SocketDataKey { typealias Value = String }
    private enum Judged: SocketDataKey { typealias Value = Int }

    private struct State: Encodable {
        var recovered: Bool
        var rooms: [String]
        var nickname: String?
        /// How often the middleware has seen the client.
        var judged: Int
    }

    private struct Send: Decodable {
        var room: String
        var text: String
        var except: String?
        var isVolatile: Bool?
    }

    static func register(on server: SocketIOServer) {
        for namespace in [server.namespace, server.of("/custom")] { register(on: namespace) }
    }

    private static func register(on namespace: Namespace) {
        namespace.use { socket in socket[Judged.self] = (socket[Judged.self] ?? 0) + 1 }
        namespace.on("join") { socket, arguments in [socket.join(try arguments.decode(String.self))] }
        namespace.on("nickname") { socket, arguments in
            socket[Nickname.self] = try arguments.decode(String.self)
            return [true]
        }
        namespace.on("state") { socket, _ in
            [
                State(
                    recovered: socket.isRecovered,
                    rooms: socket.rooms.sorted(),
                    nickname: socket[Nickname.self],
                    judged: socket[Judged.self] ?? 0
                )
            ]
        }
        namespace.on("send") { _, arguments in
            let send = try arguments.decode(Send.self)
            var target = namespace.to(send.room)
            if let except = send.except { target = target.except(except) }
            if send.isVolatile == true { target = target.volatile }
            target.emit("sent", send.text)
            return [true]
        }
        namespace.on("put-out") { socket, _ in
            socket.disconnect()
            return nil
        }
    }
}
