import Glibc
import MusicBoxAPI

/// Shows the box's events: as lines with the time of day and a live position, or as JSON.
struct WatchDisplay {
    private struct EventDocument: Encodable {
        var event: String
        var payload: JSONValue
    }

    private let console: Console
    private var log = WatchLog()
    private var live: LiveLine

    init(console: Console) {
        self.console = console
        live = LiveLine(file: console.output)
    }

    mutating func show(event name: String, payload: JSONValue) throws {
        if console.json {
            return try console.document(EventDocument(event: name, payload: payload))
        }
        for line in log.receive(name, payload) {
            live.print("\(console.style(Self.timeOfDay(), .dim))  \(line)", to: console.output)
        }
        if let line = log.positionLine, let width = live.width {
            live.show(line.truncated(to: width - 1))
        } else {
            live.clear()
        }
    }

    /// Says that the connection is gone and what happens next.
    mutating func lost(_ reason: String, retryIn delay: Duration) {
        live.clear()
        log.forget()
        let tenths = Int(delay / .milliseconds(100))
        let seconds = tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        console.remark("musicboxctl: connection lost (\(reason.printable)): trying again in \(seconds) s")
    }

    mutating func end() {
        live.clear()
    }

    /// Local time, `14:03:09`.
    private static func timeOfDay() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
