import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Turns what went wrong between us and the server into one line that says what to do: the one place that knows the
/// error types of NIO.
struct ConnectionFailure {
    let error: any Error
    let server: ServerURL
    let timeout: TimeAmount

    init(_ error: any Error, server: ServerURL, timeout: TimeAmount) {
        self.error = error
        self.server = server
        self.timeout = timeout
    }

    var ctlError: CtlError {
        switch error {
        case let error as CtlError:
            error
        case HTTPFailure.silence:
            CtlError(
                .temporary,
                "\(server) did not answer within \(seconds)",
                remedy: "try again, or give it longer with --timeout"
            )
        case ChannelError.connectTimeout:
            unanswered
        case HTTPFailure.closedEarly:
            CtlError(
                .unreachable,
                "\(server) closed the connection before it had answered",
                remedy: "is it a musicboxd? its log says more (journalctl -u musicboxd)"
            )
        case HTTPFailure.answerTooLarge, is HTTPParserError:
            Self.notMusicbox(server)
        case let error as NIOConnectionError:
            connecting(error)
        case let error as IOError:
            CtlError(
                .unreachable,
                "the connection to \(server) broke (\(String(cString: strerror(error.errnoCode))))",
                remedy: "try again"
            )
        default:
            CtlError(.unreachable, "no connection to \(server) (\(error))", remedy: Self.remedy)
        }
    }

    static func notMusicbox(_ server: ServerURL, detail: String? = nil) -> CtlError {
        CtlError(
            .unreachable,
            "what \(server) answers is not from a musicboxd" + (detail.map { " (\($0))" } ?? ""),
            remedy: "give its address with --url"
        )
    }

    private static let remedy = "is musicboxd running? if it is elsewhere: musicboxctl --url http://HOST:5004"

    private func connecting(_ error: NIOConnectionError) -> CtlError {
        if error.connectionErrors.isEmpty {
            return CtlError(
                .unreachable,
                "no address is known for \(server.host)",
                remedy: "is the name right, and the network up? see --url"
            )
        }
        if error.connectionErrors.contains(where: { ($0.error as? ChannelError)?.isConnectTimeout == true }) {
            return unanswered
        }
        let reason = error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
        return CtlError(
            .unreachable,
            "no server at \(server)" + (reason.map { " (\(String(cString: strerror($0)).lowercased()))" } ?? ""),
            remedy: Self.remedy
        )
    }

    private var unanswered: CtlError {
        CtlError(
            .temporary,
            "\(server) could not be reached within \(seconds)",
            remedy: "is the box on and in this network?"
        )
    }

    private var seconds: String {
        let value = Double(timeout.nanoseconds) / 1e9
        return value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
    }
}

extension ChannelError {
    fileprivate var isConnectTimeout: Bool {
        if case .connectTimeout = self { true } else { false }
    }
}
