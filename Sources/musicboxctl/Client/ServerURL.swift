/// The address of a musicboxd: `http://HOST[:PORT][/PREFIX]`, or only `HOST[:PORT]`, where the port is then 5004.
///
/// A prefix is there for a reverse proxy that serves the box under a path. A full `http://` URL without a port means
/// port 80, as everywhere.
struct ServerURL: Equatable, Sendable, CustomStringConvertible {
    static let musicboxPort = 5004

    let host: String
    let port: Int
    /// Empty, or `/` followed by a path without a slash at its end.
    let prefix: String

    struct ParseError: Error, CustomStringConvertible {
        let description: String
    }

    init(parsing text: String) throws(ParseError) {
        var rest = text[...]
        var defaultPort = Self.musicboxPort
        if let colon = rest.firstRange(of: "://") {
            switch rest[..<colon.lowerBound].lowercased() {
            case "http": defaultPort = 80
            case "https":
                throw ParseError(
                    description: "https is not spoken here, use http:// (a music box is on the LAN)"
                )
            default:
                throw ParseError(description: "the scheme must be http://")
            }
            rest = rest[colon.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (host, port) = try Self.authority(rest[..<slash])
        var prefix = rest[slash...]
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw ParseError(description: "only a path may follow the host, percent-encoded, without ? and #")
        }
        self.host = host
        self.port = port ?? defaultPort
        self.prefix = String(prefix)
    }

    /// The value of the `Host` header: with the port unless it is HTTP's own, and brackets around IPv6.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    var description: String { "http://\(authority)\(prefix)" }

    private static func authority(_ text: Substring) throws(ParseError) -> (String, Int?) {
        guard !text.contains("@") else {
            throw ParseError(description: "a music box has no user names, leave out what is before the @")
        }
        var host = text
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw ParseError(description: "the ] behind the IPv6 address is missing")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let behind = text[text.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw ParseError(description: "only :PORT may follow the ]")
            }
            portText = behind.isEmpty ? nil : behind.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
            guard portText?.contains(":") == false else {
                throw ParseError(description: "write an IPv6 address in brackets, http://[::1]:5004")
            }
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ParseError(description: "no host name in it, as in http://musicbox.local:5004")
        }
        guard let portText else { return (String(host), nil) }
        guard let port = Int(portText), (1...65535).contains(port) else {
            throw ParseError(description: "the port must be a number from 1 to 65535")
        }
        return (String(host), port)
    }
}
