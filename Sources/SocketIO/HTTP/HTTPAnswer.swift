import NIOCore
import NIOHTTP1

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

    /// - Parameters:
    ///   - cors: What a page has to be told.
    ///   - closing: The connection ends behind this answer.
    func head(cors: HTTPHeaders, closing: Bool) -> HTTPResponseHead {
        var headers = headers
        headers.add(contentsOf: cors)
        if let contentType { headers.add(name: "Content-Type", value: contentType) }
        headers.add(name: "Cache-Control", value: "no-store")
        if status != .noContent { headers.add(name: "Content-Length", value: "\(body.readableBytes)") }
        if closing { headers.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }
}
