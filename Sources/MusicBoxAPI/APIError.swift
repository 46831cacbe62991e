/// The body of a REST reply that is no success (wire contract, section 6); its `error_type` and `message` are also those
/// of `err:op` and of failed acknowledgements.
///
/// `message` is for people: it names the object and the remedy, never an inner detail of the server.
package struct APIError: Error, Codable, Sendable, Equatable {
    package var status: String
    package var errorType: String
    package var message: String
    package var timestamp: Double
    package var details: JSONValue?
    package var requestID: String

    package init(
        _ kind: Kind,
        message: String,
        timestamp: Double,
        details: JSONValue? = nil,
        requestID: String
    ) {
        self.status = "error"
        self.errorType = kind.rawValue
        self.message = message
        self.timestamp = timestamp
        self.details = details
        self.requestID = requestID
    }

    package enum CodingKeys: String, CodingKey {
        case status, message, timestamp, details
        case errorType = "error_type"
        case requestID = "request_id"
    }

    /// The error types of the contract; an `error_type` that is none of them comes from a newer server.
    package enum Kind: String, Sendable, CaseIterable {
        case validation = "validation_error"
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case conflict
        case payloadTooLarge = "payload_too_large"
        case rangeNotSatisfiable = "range_not_satisfiable"
        case rateLimited = "rate_limit_exceeded"
        case internalError = "internal_error"
        case unavailable = "service_unavailable"
        case storageFull = "insufficient_storage"

        /// The HTTP status that carries it: a failure is never a 200.
        package var httpStatus: Int {
            switch self {
            case .validation: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflict: 409
            case .payloadTooLarge: 413
            case .rangeNotSatisfiable: 416
            case .rateLimited: 429
            case .internalError: 500
            case .unavailable: 503
            case .storageFull: 507
            }
        }
    }

    package var kind: Kind? { Kind(rawValue: errorType) }
}
