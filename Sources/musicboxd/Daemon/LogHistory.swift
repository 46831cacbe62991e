import Logging
import MusicBoxServer
import Synchronization

/// The last lines of the log, for people without a shell on the box.
final class LogHistory: Sendable {
    private let lines = Mutex<[LogLine]>([])

    /// Oldest first.
    var all: [LogLine] { lines.withLock(\.self) }

    /// The line is made in turn, so that the times of several threads' lines stand in order.
    func add(_ line: () -> LogLine) {
        lines.withLock { lines in
            if lines.count >= LogLine.maximumCount { lines.removeFirst() }
            lines.append(line())
        }
    }

    /// A handler that keeps what it is given here.
    struct Handler: LogHandler {
        let history: LogHistory
        let time: SystemTime
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(history: LogHistory, time: SystemTime) {
            self.history = history
            self.time = time
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let message = "\(event.message)"
            let told = all.mapValues { "\($0)" }
            history.add {
                LogLine(timestamp: time.wallMilliseconds, level: event.level, message: message, metadata: told)
            }
        }
    }
}
