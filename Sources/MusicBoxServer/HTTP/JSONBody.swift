import FoundationEssentials
import HTTPTypes
import Hummingbird
import MusicBoxAPI
import NIOCore

extension Response {
    /// A body of JSON; encoding our own types cannot fail.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return json(try JSON.buffer(value), status: status)
        } catch {
            return Response(status: .internalServerError)
        }
    }

    /// A body that is JSON text already.
    static func json(_ text: ByteBuffer, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: text)
        )
    }
}

extension Request {
    /// Longest JSON body that a route reads.
    static let maximumJSONBytes = 64 << 10

    /// The body as JSON; an absent body counts as `{}`.
    ///
    /// - Throws: a `validation_error` that names the field, or `payload_too_large`.
    func json<Body: Decodable>(_ type: Body.Type) async throws -> Body {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: Self.maximumJSONBytes)
        } catch is NIOTooManyBytesError {
            throw APIFailure(.payloadTooLarge, "a JSON body may have at most \(Self.maximumJSONBytes) bytes")
        }
        let bytes = buffer.readableBytes == 0 ? Data("{}".utf8) : Data(buffer.readableBytesView)
        do {
            return try JSONDecoder().decode(Body.self, from: bytes)
        } catch let error as DecodingError {
            throw APIFailure(.validation, error.forPeople)
        } catch let failure as APIFailure {
            throw failure
        } catch {
            throw APIFailure(.validation, "the body is not JSON")
        }
    }
}

extension DecodingError {
    /// Which field is missing or wrong.
    var forPeople: String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        return switch self {
        case .keyNotFound(let key, let context): "\(name(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context) where context.codingPath.isEmpty: "it must be a JSON object"
        case .typeMismatch(let type, let context): "\(name(context.codingPath)) must be of type \(type)"
        case .valueNotFound(_, let context): "\(name(context.codingPath)) must not be null"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(name(context.codingPath)): \(context.debugDescription)"
        case .dataCorrupted: "the body is not JSON"
        @unknown default: "the body is malformed"
        }
    }
}
