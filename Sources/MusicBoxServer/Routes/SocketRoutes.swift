import HTTPTypes
import Hummingbird
import NIOHTTP1
import NIOHTTPTypesHTTP1
import SocketIO

/// Requests on the Socket.IO path that are no WebSocket: answered by the library with the protocol's own errors.
struct SocketRoutes: Sendable {
    let sockets: SocketIOServer

    func add(to router: Router<API.Context>) {
        for path in ["socket.io", "socket.io/"] {
            for method in [HTTPRequest.Method.get, .post] {
                router.on(RouterPath(path), method: method) { request, _ in
                    let (status, body) = sockets.errorResponse(head: try HTTPRequestHead(request.head))
                    return Response(
                        status: .init(code: Int(status.code)),
                        headers: [.contentType: "application/json"],
                        body: .init(byteBuffer: body)
                    )
                }
            }
        }
    }
}
