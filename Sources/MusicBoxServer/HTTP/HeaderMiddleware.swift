import HTTPTypes
import Hummingbird

/// What holds for every response, whoever made it.
struct HeaderMiddleware<Context: RequestContext>: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // RFC 9110, section 9.3.2: never a body, or the client takes it for the next response on the connection.
        if request.method == .head { response = response.createHeadResponse() }
        // RFC 9112, section 9.6: who is going to close says so, or clients reuse the connection and lose a request.
        if request.headers[.connection]?.lowercased().contains("close") == true {
            response.headers[.connection] = "close"
        }
        // The page's files go together: each is asked for again, and answered with 304 when it is the same.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-cache" }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] = "default-src 'self'; connect-src 'self' ws: wss:"
        return response
    }
}
