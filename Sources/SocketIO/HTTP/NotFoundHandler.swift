import NIOCore
import NIOHTTP1

/// Answers every request with 404.
final class NotFoundHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var closes = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): closes = !head.isKeepAlive
        case .body: break
        case .end:
            var headers: HTTPHeaders = ["Content-Length": "0"]
            if closes { headers.add(name: "Connection", value: "close") }
            let head = HTTPResponseHead(version: .http1_1, status: .notFound, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let bound = context.loopBound
            context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { [closes] _ in
                if closes { bound.value.close(promise: nil) }
            }
        }
    }
}
