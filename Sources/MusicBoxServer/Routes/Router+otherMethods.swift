import HTTPTypes
import Hummingbird

extension Router<BasicRequestContext> {
    /// Answers the methods that a path does not take with 405 and those that it takes; the router alone says 404, as if
    /// there were nothing. Called after the last route was added.
    func refuseOtherMethods() {
        for routes in Dictionary(grouping: routes, by: \.path.description).values {
            let methods = routes.map(\.method)
            let allowed = methods.map(\.rawValue).sorted().joined(separator: ", ")
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !methods.contains(method) {
                on(routes[0].path, method: method) { request, _ -> Response in
                    throw APIFailure(.methodNotAllowed, "\(request.uri.path) takes \(allowed)", allow: allowed)
                }
            }
        }
    }
}
