import NIOCore
import SocketIO

/// What the official Socket.IO suite expects of its server.
enum SuiteHandlers {
    static func register(on server: SocketIOServer) {
        for namespace in [server.namespace, server.of("/custom")] {
            namespace.onConnection { socket in
                socket.emit("auth", json: socket.handshake.auth ?? ByteBuffer(string: "{}"))
            }
        }
        server.namespace.on("message") { socket, arguments in
            socket.emit("message-back", forwarding: arguments)
            return nil
        }
        server.namespace.respond(to: "message-with-ack") { $1 }
        server.namespace.on("emit-with-ack") { socket, arguments in
            let answer = try await socket.emitWithAck("emit-with-ack", forwarding: arguments, timeout: .seconds(20))
            socket.emit("emit-with-ack", forwarding: answer)
            return nil
        }
    }
}
