public import NIOHTTP1

/// Which pages may connect. Browsers name a page's origin (`https://example.org:8080`) in its requests; programs that
/// are no browser send none, and are always let in.
public enum OriginPolicy: Sendable {
    /// Every page of the web. Requests are answered with `Access-Control-Allow-Origin: *`.
    case any
    /// Pages that come from the host and port that the request goes to.
    case sameHost
    /// These, and those of the same host. They may send cookies and other credentials.
    case listed(Set<String>)
    /// What the function says, for the origin and the request. They may send cookies and other credentials.
    case matching(@Sendable (String, HTTPRequestHead) -> Bool)

    func admits(_ head: HTTPRequestHead) -> Bool {
        guard let origin = head.headers.first(name: "Origin") else { return true }
        return switch self {
        case .any: true
        case .sameHost: isSameHost(origin, head)
        case .listed(let origins): origins.contains(origin) || isSameHost(origin, head)
        case .matching(let predicate): predicate(origin, head)
        }
    }

    /// What a page that is admitted has to be told, so that its browser lets it see the answer.
    func headers(for head: HTTPRequestHead) -> HTTPHeaders {
        guard let origin = head.headers.first(name: "Origin"), admits(head) else { return [:] }
        switch self {
        case .any: return ["Access-Control-Allow-Origin": "*"]
        case .sameHost: return [:]
        case .listed, .matching:
            return [
                "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin",
            ]
        }
    }

    private func isSameHost(_ origin: String, _ head: HTTPRequestHead) -> Bool {
        guard let host = head.headers.first(name: "Host") else { return false }
        return origin.split(separator: "/").last?.lowercased() == host.lowercased()
    }
}
