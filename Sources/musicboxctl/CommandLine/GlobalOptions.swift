import ArgumentParser
import FoundationEssentials
import NIOCore

/// The options that every command has.
struct GlobalOptions: ParsableArguments {
    static let defaultURL = "http://127.0.0.1:5004"

    @Option(
        help: ArgumentHelp(
            "Where musicboxd listens: http://HOST:PORT, or just HOST.",
            discussion: "Without it the environment variable MUSICBOX_URL, else \(defaultURL)."
        ),
        transform: ServerURL.init(parsing:)
    )
    var url: ServerURL?

    @Option(help: "Seconds without any sign of the server after which a command gives up.")
    var timeout = 10.0

    @Flag(help: "Print the server's data as JSON.")
    var json = false

    func validate() throws {
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout \(timeout) is out of range: give seconds, more than 0 and at most 86400")
        }
    }

    /// The server of `--url`, of the environment, or the one on this machine.
    func server() throws -> ServerURL {
        if let url { return url }
        guard let named = ProcessInfo.processInfo.environment["MUSICBOX_URL"], !named.isEmpty else {
            return try ServerURL(parsing: Self.defaultURL)
        }
        do {
            return try ServerURL(parsing: named)
        } catch {
            throw CtlError(
                .usage,
                "\(named) in the environment variable MUSICBOX_URL is no address",
                remedy: "\(error)"
            )
        }
    }

    func client() throws -> MusicBoxClient {
        MusicBoxClient(http: HTTPClient(server: try server(), timeout: timeoutAmount))
    }

    var timeoutAmount: TimeAmount { .milliseconds(Int64(timeout * 1000)) }

    var console: Console { Console(json: json) }
}
