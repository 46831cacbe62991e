import NIOCore
import NIOHTTP1

/// One HTTP request that waits for its answer, which may come from another event loop. Only the first answer counts.
final class HTTPExchange: Sendable {
    let eventLoop: any EventLoop
    private let handler: NIOLoopBound<SocketIOHTTPHandler>

    /// - Parameter handler: Has the connection; it is on its event loop.
    init(_ handler: SocketIOHTTPHandler, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func answer(_ response: HTTPAnswer) {
        eventLoop.perform { self.handler.value.answer(response, to: self) }
    }
}

extension EventLoop {
    /// At once when this is the loop, else in a turn of its own.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if inEventLoop { work() } else { execute(work) }
    }
}
