import FoundationEssentials
import MusicBoxAPI
import NIOCore
import NIOHTTP1

/// An answer of the REST interface that was accepted: the server's `data`, as it came and as a type of the contract.
struct MusicBoxReply: Sendable {
    /// `data` of the envelope; null when the answer had no body.
    let json: JSONValue
    private let body: Data
    private let server: ServerURL

    /// Takes the envelope apart.
    ///
    /// - Throws: `CtlError`: `refused` with the server's own message when the status is no success, `unreachable` when
    ///   the answer cannot be one of a musicboxd.
    init(_ reply: HTTPReply, server: ServerURL, accepting extra: Set<Int>) throws {
        let status = Int(reply.head.status.code)
        body = Data(reply.body.readableBytesView)
        self.server = server
        if (300..<400).contains(status) {
            let target = reply.head.headers.first(name: "Location") ?? "another address"
            throw CtlError(
                .unreachable,
                "\(server) redirects to \(target), which is not followed",
                remedy: "give the address of the box itself with --url"
            )
        }
        if body.isEmpty, (200..<300).contains(status) {
            json = .null
            return
        }
        let document = try? JSONDecoder().decode(JSONValue.self, from: body)
        let data = document?["data"]
        guard (200..<300).contains(status) || (extra.contains(status) && data != nil) else {
            throw Self.refusal(status: reply.head.status, document: document, server: server)
        }
        guard let data else {
            throw ConnectionFailure.notMusicbox(server, detail: "HTTP \(status) without the contract's JSON")
        }
        json = data
    }

    /// The server's `data` as `type`.
    func decode<Payload: Decodable>(_ type: Payload.Type) throws -> Payload {
        do {
            return try JSONDecoder().decode(DataMember<Payload>.self, from: body).data
        } catch {
            throw ConnectionFailure.notMusicbox(server, detail: "its \(type) cannot be read; is it a newer version?")
        }
    }

    private struct DataMember<Payload: Decodable>: Decodable {
        var data: Payload
    }

    private static func refusal(status: HTTPResponseStatus, document: JSONValue?, server: ServerURL) -> CtlError {
        guard let message = document?["message"]?.string, !message.isEmpty else {
            return ConnectionFailure.notMusicbox(server, detail: "HTTP \(status.code) \(status.reasonPhrase)")
        }
        let errorType = document?["error_type"]?.string
        let retryLater = status == .tooManyRequests
        return CtlError(
            retryLater ? .temporary : .refused,
            message,
            refusal: CtlError.Refusal(httpStatus: Int(status.code), errorType: errorType)
        )
    }
}
