import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import MusicBoxAPI
import NIOCore

/// Turns every error below `/api` into the contract's JSON, and logs those that are the box's own fault.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return reply(APIFailure(error, uri: request.uri.path), request, context)
        } catch {
            let failure = APIFailure(error)
            // A client that left, or was cut off at the end, is no fault.
            // One that comes as a failure already was logged where it arose.
            if failure.kind == .internalError, !(error is CancellationError), !(error is APIFailure) {
                context.logger.error(
                    "A request failed",
                    metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
                )
            }
            return reply(failure, request, context)
        }
    }

    private func reply(_ failure: APIFailure, _ request: Request, _ context: Context) -> Response {
        let error = APIError(
            failure.kind,
            message: failure.message,
            timestamp: Date().timeIntervalSince1970,
            details: failure.details,
            requestID: "\(context.id)"
        )
        var response = Response.json(error, status: HTTPResponse.Status(code: failure.kind.httpStatus))
        for field in failure.headers { response.headers[field.name] = field.value }
        return response
    }
}

extension APIFailure {
    /// What Hummingbird itself refuses: no such route, method, too much body.
    init(_ error: HTTPError, uri: String) {
        switch error.status.code {
        case 404: self.init(.notFound, error.body ?? "there is nothing at \(uri)")
        case 405: self.init(.methodNotAllowed, "\(uri) does not take this method")
        case 413: self.init(.payloadTooLarge, "the body is too large")
        case 400..<500: self.init(.validation, error.body ?? "the request is malformed")
        default: self.init(.internalError, "something went wrong inside the box; its log says what")
        }
    }
}
