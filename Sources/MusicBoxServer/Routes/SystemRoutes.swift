import HTTPTypes
import Hummingbird
package import Logging
import MusicBox
package import MusicBoxAPI
import SocketIO

/// `/api/health` and `/api/system`.
struct SystemRoutes: Sendable {
    let api: API
    let facts: SystemFacts
    let uploads: UploadStore
    let sockets: SocketIOServer
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.get("health") { _, _ in
            let health = Health(await box.diagnostics().health, timestampMs: box.time.wallMilliseconds)
            return api.success(health, "health", status: health.status == .unhealthy ? .serviceUnavailable : .ok)
        }
        group.get("system/info") { _, _ in
            let info = SystemInfo(
                version: facts.version,
                hostname: facts.hostname,
                uptimeSeconds: Double((box.time.now - facts.startedAt) / .milliseconds(1)) / 1000,
                capabilities: .init(
                    uploadExtensions: uploads.takenExtensions.sorted(),
                    developerPage: facts.hasDeveloperPage
                )
            )
            return api.success(info, "system")
        }
        group.get("system/logs") { request, _ in
            let limit = try request.query("limit", in: 1...LogLine.maximumCount, default: 100)
            let level = try request.queryText("level").map { text in
                guard let level = Logger.Level(rawValue: text) else {
                    let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    throw APIFailure(.validation, "level must be one of \(names)")
                }
                return level
            }
            let lines = facts.logs().filter { $0.level >= level ?? .trace }
            return api.success(SystemLogs(logs: lines.suffix(limit)), "log")
        }
        group.get("system/diagnostics") { _, _ in
            let diagnostics = await box.diagnostics()
            return api.success(
                SystemDiagnostics(
                    latency: LatencyReport(diagnostics.taps),
                    audio: facts.audio(),
                    reader: ReaderStatus(diagnostics),
                    clients: sockets.clientCount,
                    memory: facts.memory()
                ),
                "diagnostics"
            )
        }
    }
}

/// What only the process that runs the server knows.
package struct SystemFacts: Sendable {
    package var version: String
    package var hostname: String
    package var startedAt: ContinuousClock.Instant
    package var hasDeveloperPage: Bool
    /// The sound engine's figures, for diagnosis.
    package var audio: @Sendable () -> JSONValue
    /// Bytes: resident and private memory.
    package var memory: @Sendable () -> JSONValue
    /// The last lines of the log, oldest first.
    package var logs: @Sendable () -> [LogLine]

    package init(
        version: String,
        hostname: String,
        startedAt: ContinuousClock.Instant,
        hasDeveloperPage: Bool,
        audio: @escaping @Sendable () -> JSONValue,
        memory: @escaping @Sendable () -> JSONValue,
        logs: @escaping @Sendable () -> [LogLine]
    ) {
        self.version = version
        self.hostname = hostname
        self.startedAt = startedAt
        self.hasDeveloperPage = hasDeveloperPage
        self.audio = audio
        self.memory = memory
        self.logs = logs
    }
}

/// One line of the log; `timestamp` is milliseconds since 1970.
package struct LogLine: Encodable, Sendable, Equatable {
    /// How many are kept.
    package static let maximumCount = 500

    package var timestamp: Int
    package var level: Logger.Level
    package var message: String
    package var metadata: [String: String]

    package init(timestamp: Int, level: Logger.Level, message: String, metadata: [String: String]) {
        self.timestamp = timestamp
        self.level = level
        self.message = message
        self.metadata = metadata
    }
}

/// `data` of GET `/system/logs`, oldest first.
struct SystemLogs: Encodable {
    var logs: [LogLine]
}

/// `data` of GET `/system/info`.
struct SystemInfo: Encodable {
    struct Capabilities: Encodable {
        var uploadFormat = "chunked"
        var maxChunkSize = UploadStore.maximumChunkSize
        var maxFileSize = UploadStore.maximumFileSize
        var uploadExtensions: [String]
        var positionUpdateIntervalMs = 200
        var developerPage: Bool

        enum CodingKeys: String, CodingKey {
            case uploadFormat = "upload_format"
            case maxChunkSize = "max_chunk_size"
            case maxFileSize = "max_file_size"
            case uploadExtensions = "upload_extensions"
            case positionUpdateIntervalMs = "position_update_interval_ms"
            case developerPage = "developer_page"
        }
    }

    var name = "Musicbox"
    var version: String
    var hostname: String
    var uptimeSeconds: Double
    var capabilities: Capabilities

    enum CodingKeys: String, CodingKey {
        case name, version, hostname, capabilities
        case uptimeSeconds = "uptime"
    }
}

/// `data` of GET `/system/diagnostics`.
struct SystemDiagnostics: Encodable {
    var latency: LatencyReport
    var audio: JSONValue
    var reader: ReaderStatus
    var clients: Int
    var memory: JSONValue
}
