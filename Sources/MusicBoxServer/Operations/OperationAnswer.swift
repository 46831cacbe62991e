import FoundationEssentials
import MusicBoxAPI
import NIOCore

/// The answer to an operation in a form from which every door makes its own: the REST reply, `ack:op` or `err:op`, and
/// the acknowledgement. Kept as JSON by the box for five minutes.
struct OperationAnswer: Codable, Sendable {
    struct Refusal: Codable, Sendable {
        var errorType: String
        var message: String
        var details: JSONValue?

        enum CodingKeys: String, CodingKey {
            case message, details
            case errorType = "error_type"
        }
    }

    /// HTTP's.
    var status: Int
    var message: String
    /// JSON text; absent for a success without content.
    var data: String?
    var refusal: Refusal?
    var serverSeq: Int
    /// Seconds since 1970.
    var timestamp: Double

    enum CodingKeys: String, CodingKey {
        case status, message, data, refusal, timestamp
        case serverSeq = "server_seq"
    }

    init(status: Int, message: String, data: String?, serverSeq: Int, timestamp: Double) {
        self.status = status
        self.message = message
        self.data = data
        self.serverSeq = serverSeq
        self.timestamp = timestamp
    }

    init(_ failure: APIFailure, serverSeq: Int, timestamp: Double) {
        status = failure.kind.httpStatus
        message = failure.message
        refusal = Refusal(errorType: failure.kind.rawValue, message: failure.message, details: failure.details)
        self.serverSeq = serverSeq
        self.timestamp = timestamp
    }

    /// Whether the same operation would be answered so again: not when the box could not look at it at all.
    var isFinal: Bool { status < 500 && status != APIError.Kind.rateLimited.httpStatus }

    /// What was refused, as it was thrown the first time.
    var failure: APIFailure? {
        refusal.map {
            APIFailure(APIError.Kind(rawValue: $0.errorType) ?? .internalError, $0.message, details: $0.details)
        }
    }

    private var rawData: ByteBuffer? { data.map { ByteBuffer(string: $0) } }

    /// The payload of `ack:op` or `err:op`, and the acknowledgement of a command by socket: JSON text.
    func notice(clientOpID: String?) throws -> ByteBuffer {
        let head = OperationNotice(
            status: refusal == nil ? "success" : "error",
            success: refusal == nil,
            clientOpID: clientOpID,
            serverSeq: serverSeq,
            errorType: refusal?.errorType,
            message: refusal?.message,
            details: refusal?.details
        )
        return try JSON.buffer(head, "data", rawData)
    }

    /// The body of the reply by HTTP to a success with content: JSON text.
    func envelope(clientOpID: String) throws -> ByteBuffer {
        let head = EnvelopeHead(message: message, timestamp: timestamp, serverSeq: serverSeq, clientOpID: clientOpID)
        return try JSON.buffer(head, "data", rawData)
    }
}

/// `ack:op` and `err:op` without their data.
private struct OperationNotice: Encodable {
    var status: String
    var success: Bool
    var clientOpID: String?
    var serverSeq: Int
    var errorType: String?
    var message: String?
    var details: JSONValue?

    enum CodingKeys: String, CodingKey {
        case status, success, message, details
        case clientOpID = "client_op_id"
        case serverSeq = "server_seq"
        case errorType = "error_type"
    }
}

/// ``Envelope`` without its data.
private struct EnvelopeHead: Encodable {
    var status = "success"
    var message: String
    var timestamp: Double
    var serverSeq: Int
    var clientOpID: String

    enum CodingKeys: String, CodingKey {
        case status, message, timestamp
        case serverSeq = "server_seq"
        case clientOpID = "client_op_id"
    }
}
