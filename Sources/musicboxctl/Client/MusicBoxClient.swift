import FoundationEssentials
import MusicBoxAPI
import NIOCore
import NIOHTTP1

/// The REST interface of the box (wire contract, section 6): paths are given without `/api`.
struct MusicBoxClient: Sendable {
    let http: HTTPClient

    func get(_ path: String, accepting extra: Set<Int> = []) async throws -> MusicBoxReply {
        try await call(.GET, path, accepting: extra)
    }

    func post(_ path: String, _ body: JSONValue = [:], timeout: TimeAmount? = nil) async throws -> MusicBoxReply {
        let bytes = try JSONEncoder().encode(body)
        return try await call(
            .POST,
            path,
            contentType: "application/json",
            body: ByteBuffer(bytes: bytes),
            timeout: timeout
        )
    }

    func delete(_ path: String) async throws -> MusicBoxReply {
        try await call(.DELETE, path)
    }

    /// Sends `body` as it is; `onSent` gets the bytes of it that went out.
    func put(
        _ path: String,
        body: ByteBuffer,
        timeout: TimeAmount? = nil,
        onSent: @Sendable (Int) -> Void
    ) async throws -> MusicBoxReply {
        try await call(
            .PUT,
            path,
            contentType: "application/octet-stream",
            body: body,
            timeout: timeout,
            onSent: onSent
        )
    }

    private func call(
        _ method: HTTPMethod,
        _ path: String,
        contentType: String? = nil,
        body: ByteBuffer = ByteBuffer(),
        timeout: TimeAmount? = nil,
        accepting extra: Set<Int> = [],
        onSent: @Sendable (Int) -> Void = { _ in }
    ) async throws -> MusicBoxReply {
        let request = HTTPRequest(method: method, path: "/api" + path, contentType: contentType, body: body)
        var pauses = Self.pauses
        while true {
            let reply = try await http.send(request, timeout: timeout, onSent: onSent)
            if pauses > 0, let pause = Self.pause(asked: reply) {
                pauses -= 1
                try await Task.sleep(for: pause)
            } else {
                return try MusicBoxReply(reply, server: http.server, accepting: extra)
            }
        }
    }

    /// How often a request is sent again because the server says that it was too early.
    private static let pauses = 5
    private static let longestPause = 30

    /// The time after which a server that is busy wants to be asked again; nothing was changed by the request.
    private static func pause(asked reply: HTTPReply) -> Duration? {
        guard reply.head.status == .tooManyRequests,
            let seconds = reply.head.headers.first(name: "Retry-After").flatMap({ Int($0) }),
            (0...longestPause).contains(seconds)
        else { return nil }
        return .seconds(max(1, seconds))
    }
}
