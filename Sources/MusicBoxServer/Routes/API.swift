import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MusicBox
import MusicBoxAPI

/// What every route needs: the box, and how a success looks.
struct API: Sendable {
    typealias Context = BasicRequestContext

    let box: MusicBox
    let operations: Operations

    init(box: MusicBox, logger: Logger) {
        self.box = box
        operations = Operations(box: box, logger: logger)
    }

    /// Every route that changes something answers by this: an operation that the client named (`client_op_id`) is
    /// carried out once, told to the room `playlists`, and answered the same when it comes again. `body` returns `data`,
    /// built after the change; a `status` of 204 sends none.
    ///
    /// - Throws: what `body` throws, or threw when the operation came first.
    func perform<Payload: Encodable & Sendable>(
        _ clientOpID: String?,
        _ message: String,
        status: HTTPResponse.Status = .ok,
        draft: OperationDraft = .init(),
        _ body: @Sendable () async throws -> Payload
    ) async throws -> Response {
        guard let clientOpID else {
            let payload = try await body()
            return status == .noContent ? Response(status: status) : success(payload, message, status: status)
        }
        let (answer, isRepeated) = await operations.perform(
            clientOpID,
            message: message,
            status: status.code,
            draft: draft,
            body
        )
        if !isRepeated { operations.tellEveryone(answer, clientOpID: clientOpID) }
        if let failure = answer.failure { throw failure }
        guard answer.data != nil else { return Response(status: .noContent) }
        let body = try answer.envelope(clientOpID: clientOpID)
        return .json(body, status: HTTPResponse.Status(code: answer.status))
    }

    /// ``perform(_:_:status:_:)`` for what is answered with the player's state.
    func player(
        _ clientOpID: String?,
        _ message: String,
        _ body: @Sendable () async throws -> PlayerSnapshot
    ) async throws -> Response {
        try await perform(clientOpID, message) { PlayerState(try await body(), serverSeq: box.hub.currentSeq) }
    }

    func success(
        _ data: some Encodable,
        _ message: String,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let envelope = Envelope(
            message: message,
            timestamp: Date().timeIntervalSince1970,
            data: data,
            serverSeq: box.hub.currentSeq
        )
        return .json(envelope, status: status)
    }
}

/// The result of what leaves nothing to tell.
struct Nothing: Encodable {}

extension RequestContext {
    /// A parameter of the path, percent-decoded by the router.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters.get(name) else { throw APIFailure(.validation, "\(name) is missing") }
        return value
    }

    func integer(_ name: String) throws -> Int {
        guard let value = Int(try parameter(name)) else { throw APIFailure(.validation, "\(name) must be a number") }
        return value
    }
}

extension Request {
    /// The `client_op_id` of a request without fields of its own: in a JSON body, or in the query where a body is
    /// unusual.
    func clientOpID() async throws -> String? {
        let operation =
            if let id = uri.queryParameters["client_op_id"] {
                Operation(clientOpID: String(id))
            } else {
                try await json(Operation.self)
            }
        try operation.check()
        return operation.clientOpID
    }

    /// A text of the query as forms send it, where a plus is a space; nil when it is not there.
    func queryText(_ name: String) throws -> String? {
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == name else { continue }
            guard parts.count == 2 else { return "" }
            guard let text = FormText.decoded(parts[1]) else {
                throw APIFailure(.validation, "\(name) is not percent-encoded UTF-8")
            }
            return text
        }
        return nil
    }

    /// An optional number of the query.
    ///
    /// - Throws: `validation_error` when it is none, or outside `range`.
    func query(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = uri.queryParameters[name[...]] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw APIFailure(.validation, "\(name) must be \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
