import NIOCore
import NIOHTTP1

/// One request to the server; `path` begins with `/`, is percent-encoded and may carry a query.
struct HTTPRequest: Sendable {
    var method: HTTPMethod
    var path: String
    var contentType: String?
    var body = ByteBuffer()
}

/// One complete answer.
struct HTTPReply: Sendable {
    var head: HTTPResponseHead
    var body: ByteBuffer
}
