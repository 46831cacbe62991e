import MusicBoxAPI
import Testing

@testable import MusicBox
@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct SystemRoutesTests {
    @Test(
        "health: 503 only when a part is unhealthy",
        arguments: [
            (HealthReport.Finding.healthy, 200, "healthy"), (.degraded("no card"), 200, "degraded"),
            (.unhealthy("no disk"), 503, "unhealthy"),
        ]
    )
    func health(finding: HealthReport.Finding, status: Int, name: String) async throws {
        try await withServer { server in
            await server.box.report(.storage, finding)
            let reply = try await server.get("/api/health")
            #expect(reply.status == status)
            #expect(reply.data.keys == ["status", "components", "timestamp"])
            #expect(reply.data["status"]?.string == name)
            #expect(reply.data["timestamp"] == 1_700_000_000_000)
            let components = try #require(reply.data["components"])
            #expect(components.keys == ["database", "audio", "nfc", "storage"])
            #expect(components["storage"]?["status"]?.string == name)
            #expect(components["storage"]?["message"]?.string == finding.message)
            #expect(components["audio"]?["status"] == "healthy")
        }
    }

    @Test func info() async throws {
        try await withServer { server in
            let reply = try await server.get("/api/system/info")
            #expect(reply.status == 200)
            #expect(reply.data["version"] == "1.2.3")
            #expect(reply.data["hostname"] == "box")
            #expect(reply.data["uptime"] == 5)
            let capabilities = try #require(reply.data["capabilities"])
            #expect(capabilities["position_update_interval_ms"] == 200)
            #expect(capabilities["max_chunk_size"]?.int == UploadStore.maximumChunkSize)
            #expect(capabilities["upload_format"]?.string != nil)
            #expect(capabilities["developer_page"] == false)
        }
    }

    @Test func diagnostics() async throws {
        try await withServer { server in
            let reply = try await server.get("/api/system/diagnostics")
            #expect(reply.status == 200)
            #expect(reply.data.keys.isSuperset(of: ["latency", "audio", "reader", "clients", "memory"]))
            #expect(reply.data["audio"] == .object(["xruns": 0]))
            #expect(reply.data["clients"] == 0)
            #expect(reply.data["latency"]?["count"] == 0)
        }
    }

    @Test(
        "the log, its end and its grave lines",
        arguments: [
            ("", ["first", "second"]), ("?limit=1", ["second"]), ("?level=warning", ["second"]), ("?level=error", []),
        ]
    )
    func log(query: String, messages: [String]) async throws {
        try await withServer { server in
            let reply = try await server.get("/api/system/logs" + query)
            #expect(reply.status == 200)
            #expect(reply.data["logs"]?.array?.compactMap { $0["message"]?.string } == messages)
        }
    }

    @Test("logs that are refused", arguments: ["?limit=0", "?limit=501", "?level=loud"])
    func logErrors(query: String) async throws {
        try await withServer { server in
            let reply = try await server.get("/api/system/logs" + query)
            #expect(reply.status == 400)
        }
    }
}

@Suite struct LatencyReportTests {
    private func tap(_ milliseconds: UInt64) -> LatencyLog.Tap {
        LatencyLog.Tap(
            request: milliseconds,
            seen: 1_000_000,
            accepted: 2_000_000,
            ordered: 3_000_000,
            firstWrite: 1_000_000 + milliseconds * 1_000_000
        )
    }

    @Test func percentilesAreOfTheNearestRank() throws {
        let report = LatencyReport((3...102).map { tap($0) })
        #expect(report.count == 100)
        let figures = try #require(report.tapToFirstSampleMs)
        #expect(figures.p50 == 52)
        #expect(figures.p99 == 101)
        #expect(figures.max == 102)
        #expect(report.readerToBoxMs?.max == 1)
        #expect(report.boxToEngineMs?.max == 1)
        #expect(report.engineToFirstSampleMs?.max == 100)
    }

    @Test func tapsWithoutASoundYetAreLeftOut() {
        var waiting = tap(5)
        waiting.firstWrite = 0
        #expect(LatencyReport([waiting]).count == 0)
        #expect(LatencyReport([waiting]).tapToFirstSampleMs == nil)
        #expect(LatencyReport([]).taps.isEmpty)
    }

    @Test func clocksThatDisagreeDoNotTrap() {
        var odd = tap(5)
        odd.accepted = 10
        odd.ordered = 5
        #expect(LatencyReport([odd]).count == 1)
    }
}
