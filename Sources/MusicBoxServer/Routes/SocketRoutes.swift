import HTTPTypes
import Hummingbird
import NIOHTTP1
import NIOHTTPTypesHTTP1
import SocketIO

/// Requests on the sockets' paths that are no WebSocket: answered by the library with the protocol's own errors.
struct SocketRoutes: Sendable {
    let sockets: SocketIOServer

    func add(to router: Router<API.Context>) {
        // The router takes the path with and without its last slash.
        let routes: [(RouterPath, HTTPRequest.Method)] = [("socket.io", .get), ("socket.io", .post), ("ws", .get)]
        for (path, method) in routes {
            router.on(path, method: method) { request, _ in
                let head = try HTTPRequestHead(request.head)
                let (status, body) = sockets.errorResponse(head: head)
                return Response(
                    status: .init(code: Int(status.code)),
                    headers: HTTPFields(sockets.errorHeaders(head: head), splitCookie: false),
                    body: .init(byteBuffer: body)
                )
            }
        }
    }
}
