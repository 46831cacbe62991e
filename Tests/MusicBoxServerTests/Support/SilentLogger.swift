import Logging

enum SilentLogger {
    static func make() -> Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
