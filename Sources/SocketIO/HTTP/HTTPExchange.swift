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

/// The response to one request of Engine.IO.
struct HTTPAnswer: Sendable {
    var status: HTTPResponseStatus
    var contentType: String?
    var body = ByteBuffer()
    /// Beyond those that every answer has.
    var headers: HTTPHeaders = [:]

    static func payload(_ body: ByteBuffer) -> HTTPAnswer {
        HTTPAnswer(status: .ok, contentType: "text/plain; charset=UTF-8", body: body)
    }

    static let ok = payload(ByteBuffer(string: "ok"))
    /// A poll that has nothing to bring, and is to end: Engine.IO's noop.
    static let noop = payload(ByteBuffer(string: "6"))

    static func error(_ error: EngineRequestError) -> HTTPAnswer {
        HTTPAnswer(status: error.status, contentType: "application/json", body: error.body)
    }
}

extension EventLoop {
    /// At once when this is the loop, else in a turn of its own.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if inEventLoop { work() } else { execute(work) }
    }
}
