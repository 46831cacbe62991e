import HTTPTypes
import Hummingbird
import MusicBoxAPI

/// The routes below one path. It remembers which methods each path takes, so that every other one is answered with 405
/// instead of 404.
final class RouteTable {
    typealias Handler = @Sendable (Request, API.Context) async throws -> Response

    private static let allMethods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    private let group: RouterGroup<API.Context>
    private var taken: [String: Set<HTTPRequest.Method>] = [:]

    init(_ group: RouterGroup<API.Context>) { self.group = group }

    func get(_ path: String = "", _ handler: @escaping Handler) {
        on(path, .get, handler)
        // What can be got can be asked about.
        on(path, .head, handler)
    }

    func post(_ path: String = "", _ handler: @escaping Handler) { on(path, .post, handler) }

    func put(_ path: String = "", _ handler: @escaping Handler) { on(path, .put, handler) }

    func delete(_ path: String = "", _ handler: @escaping Handler) { on(path, .delete, handler) }

    private func on(_ path: String, _ method: HTTPRequest.Method, _ handler: @escaping Handler) {
        taken[path, default: []].insert(method)
        group.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
    }

    /// To be called once, after the last route.
    func refuseOtherMethods() {
        for (path, methods) in taken {
            let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Self.allMethods where !methods.contains(method) {
                group.on(RouterPath(path), method: method) { request, _ -> Response in
                    throw APIFailure(
                        .methodNotAllowed,
                        "\(request.uri.path) takes \(allowed)",
                        headers: [.allow: allowed]
                    )
                }
            }
        }
    }
}
