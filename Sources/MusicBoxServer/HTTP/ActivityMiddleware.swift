import Hummingbird

/// Tells that a client asks for something, whatever becomes of it.
struct ActivityMiddleware<Context: RequestContext>: RouterMiddleware {
    let note: @Sendable () -> Void

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        note()
        return try await next(request, context)
    }
}
