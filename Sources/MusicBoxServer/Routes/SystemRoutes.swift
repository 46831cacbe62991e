import HTTPTypes
import Hummingbird
import MusicBox
package import MusicBoxAPI
import SocketIO

/// `/api/health` and `/api/system`.
struct SystemRoutes: Sendable {
    let api: API
    let facts: SystemFacts
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
                capabilities: .init(developerPage: facts.hasDeveloperPage)
            )
            return api.success(info, "system")
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

    package init(
        version: String,
        hostname: String,
        startedAt: ContinuousClock.Instant,
        hasDeveloperPage: Bool,
        audio: @escaping @Sendable () -> JSONValue,
        memory: @escaping @Sendable () -> JSONValue
    ) {
        self.version = version
        self.hostname = hostname
        self.startedAt = startedAt
        self.hasDeveloperPage = hasDeveloperPage
        self.audio = audio
        self.memory = memory
    }
}

/// `data` of GET `/system/info`.
struct SystemInfo: Encodable {
    struct Capabilities: Encodable {
        var uploadFormat = "chunked"
        var maxChunkSize = UploadStore.maximumChunkSize
        var positionUpdateIntervalMs = 200
        var developerPage: Bool

        enum CodingKeys: String, CodingKey {
            case uploadFormat = "upload_format"
            case maxChunkSize = "max_chunk_size"
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
