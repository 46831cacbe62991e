import NIOCore
import NIOHTTP1

/// A refused request, as the protocol words it: `{"code":1,"message":"Session ID unknown"}`.
enum EngineRequestError: Int, Error {
    case unknownTransport = 0
    case unknownSession = 1
    case badHandshakeMethod = 2
    case badRequest = 3
    case forbidden = 4
    case unsupportedVersion = 5
    /// Not of the protocol: no room for another connection. Clients treat every error alike and come back later.
    case tooManyConnections = 6

    var status: HTTPResponseStatus {
        switch self {
        case .forbidden: .forbidden
        case .tooManyConnections: .serviceUnavailable
        default: .badRequest
        }
    }

    private var message: StaticString {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedVersion: "Unsupported protocol version"
        case .tooManyConnections: "Too many connections"
        }
    }

    var body: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("{\"code\":\(rawValue),\"message\":\"")
        buffer.writeStaticString(message)
        buffer.writeStaticString("\"}")
        return buffer
    }
}
