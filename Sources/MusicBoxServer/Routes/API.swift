import FoundationEssentials
import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI

/// What every route needs: the box, and how a success looks.
struct API: Sendable {
    typealias Context = BasicRequestContext

    let box: MusicBox

    func success(
        _ data: some Encodable,
        _ message: String,
        status: HTTPResponse.Status = .ok,
        clientOpID: String? = nil
    ) -> Response {
        let envelope = Envelope(
            message: message,
            timestamp: Date().timeIntervalSince1970,
            data: data,
            serverSeq: box.hub.currentSeq,
            clientOpID: clientOpID
        )
        return .json(envelope, status: status)
    }

    func player(_ snapshot: PlayerSnapshot, _ message: String, clientOpID: String? = nil) -> Response {
        success(PlayerState(snapshot, serverSeq: box.hub.currentSeq), message, clientOpID: clientOpID)
    }
}

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
