import NIOCore
import NIOHTTP1

extension SocketIOHTTPHandler {
    /// The connection becomes a WebSocket, if the request for it is in order.
    func upgrade(
        _ request: SocketIOServer.WebSocketRequest,
        _ head: HTTPRequestHead,
        _ exchange: HTTPExchange,
        _ context: ChannelHandlerContext
    ) {
        let bound = context.loopBound
        WebSocketHandshake.headers(for: head, channel: context.channel).assumeIsolated().whenComplete { result in
            guard case .success(let headers) = result else {
                var answer = HTTPAnswer.error(.badRequest)
                // RFC 6455, section 4.4: who speaks another version is told ours.
                answer.headers.add(name: "Sec-WebSocket-Version", value: "13")
                let version = head.headers.first(name: "Sec-WebSocket-Version")
                if let version, version != "13" { answer.status = .upgradeRequired }
                self.closesAfterAnswer = true
                return self.answer(answer, to: exchange)
            }
            self.exchange = nil
            self.idle.stop()
            self.reading = .upgraded
            self.switchProtocols(request, head, headers, bound.value)
        }
    }

    private func switchProtocols(
        _ request: SocketIOServer.WebSocketRequest,
        _ head: HTTPRequestHead,
        _ headers: HTTPHeaders,
        _ context: ChannelHandlerContext
    ) {
        let channel = context.channel
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        onUpgrade(channel)
        let pipeline = channel.pipeline.syncOperations
        var removals: [EventLoopFuture<Void>] = []
        if let encoder = try? pipeline.context(handlerType: HTTPResponseEncoder.self) {
            removals.append(pipeline.removeHandler(context: encoder))
        }
        if let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            removals.append(pipeline.removeHandler(context: decoder))
        }
        EventLoopFuture.andAllComplete(removals, on: context.eventLoop).assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            let transport = self.server.makeTransport(request, head, channel: channel)
            do {
                try pipeline.addHandler(transport, position: .after(self))
            } catch {
                return context.close(promise: nil)
            }
            for data in self.held { context.fireChannelRead(data) }
            if !self.held.isEmpty { context.fireChannelReadComplete() }
            self.held.removeAll()
            pipeline.removeHandler(context: context, promise: nil)
            channel.read()
        }
    }
}
