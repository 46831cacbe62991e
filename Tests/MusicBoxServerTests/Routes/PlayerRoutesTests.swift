import HTTPTypes
import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct PlayerRoutesTests {
    private static let actionNames = ["play", "pause", "toggle", "stop", "next", "previous"]

    @Test func statusIsThePlayersState() async throws {
        try await withServer { server in
            let reply = try await server.get("/api/player/status")
            #expect(reply.status == 200)
            #expect(reply.headers[.contentType]?.hasPrefix("application/json") == true)
            #expect(reply.json.keys == WireKeys.success)
            #expect(reply.json["status"] == "success")
            #expect(reply.data.keys == WireKeys.player)
            #expect(reply.data["state"] == "stopped")
            #expect(reply.data["active_track"] == .null)
            #expect(reply.data["volume"] == 60)
        }
    }

    @Test func speed() async throws {
        try await withServer { server in
            #expect(try await server.get("/api/player/status").data["speed"] == 1)
            let reply = try await server.post("/api/player/speed", #"{"speed": 1.25}"#)
            #expect(reply.status == 200 && reply.data.keys == WireKeys.player && reply.data["speed"] == .double(1.25))
            for body in [#"{"speed": 3}"#, #"{"speed": "fast"}"#, "{}", #"{"speed": 1e400}"#] {
                #expect(try await server.post("/api/player/speed", body).status == 400)
            }
            #expect(try await server.get("/api/player/speed").status == 405)
        }
    }

    @Test("with nothing loaded an action is a conflict", arguments: actionNames)
    func nothingLoaded(action: String) async throws {
        try await withServer { server in
            let reply = try await server.post("/api/player/" + action)
            #expect(reply.status == 409)
            #expect(reply.json.keys == WireKeys.failure)
            #expect(reply.errorType == "conflict")
            #expect(reply.message?.isEmpty == false)
        }
    }

    @Test(
        "each action answers with the state after it",
        arguments: [
            ("pause", "paused", 2), ("toggle", "paused", 2), ("stop", "stopped", 2), ("next", "loading", 3),
            ("previous", "loading", 1), ("play", "loading", 2),
        ]
    )
    func actions(action: String, state: String, track: Int) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            _ = try await server.post("/api/playlists/\(playlist.id)/play/2")
            let reply = try await server.post("/api/player/" + action, #"{"client_op_id": "op-1_A"}"#)
            #expect(reply.status == 200)
            #expect(reply.json.keys == WireKeys.success.union(["client_op_id"]))
            #expect(reply.json["client_op_id"] == "op-1_A")
            #expect(reply.data.keys == WireKeys.player)
            #expect(reply.data["state"]?.string == state)
            #expect(reply.data["active_track_number"]?.int == track)
            #expect(reply.data["active_track"]?.keys == WireKeys.track)
            #expect(reply.data["active_playlist_id"]?.string == playlist.id)
        }
    }

    @Test(
        "bodies that are refused",
        arguments: [
            ("seek", "{", 400), ("seek", "", 400), ("seek", "{}", 400), ("seek", "[]", 400), ("seek", "5", 400),
            ("seek", #"{"position_ms": "5"}"#, 400), ("seek", #"{"position_ms": null}"#, 400),
            ("seek", #"{"position_ms": 1.5}"#, 400), ("seek", #"{"position_ms": -1}"#, 400),
            ("seek", #"{"position_ms": 60001}"#, 400), ("seek", #"{"position_ms": 9223372036854775808}"#, 400),
            ("volume", "{}", 400), ("volume", "{", 400), ("volume", #"{"volume": 101}"#, 400),
            ("volume", #"{"volume": -1}"#, 400), ("volume", #"{"volume": "loud"}"#, 400),
            ("volume", #"{"volume": 1.5}"#, 400), ("volume", #"{"muted": 1}"#, 400),
            ("play", "{", 400), ("play", "[]", 400), ("play", #"{"client_op_id": 5}"#, 400),
            ("play", #"{"client_op_id": ""}"#, 400), ("play", #"{"client_op_id": "a b"}"#, 400),
            ("seek", #"{"position_ms": 5, "client_op_id": "ü"}"#, 400),
        ]
    )
    func refused(action: String, body: String, status: Int) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            _ = try await server.post("/api/playlists/\(playlist.id)/start")
            let before = try await server.get("/api/player/status").data
            let reply = try await server.post("/api/player/" + action, body)
            #expect(reply.status == status)
            #expect(reply.json.keys == WireKeys.failure)
            #expect(reply.errorType == "validation_error")
            #expect(try await server.get("/api/player/status").data == before, "nothing happened")
        }
    }

    @Test(
        "a refusal names what is wrong",
        arguments: [
            ("seek", "{}", "position_ms"), ("seek", #"{"position_ms": "5"}"#, "position_ms"),
            ("volume", "{}", "volume"),
            ("seek", #"{"position_ms": 5, "client_op_id": "a b"}"#, "client_op_id"), ("play", "{", "JSON"),
            ("play", "[]", "JSON object"),
        ]
    )
    func named(action: String, body: String, name: String) async throws {
        try await withServer { server in
            let reply = try await server.post("/api/player/" + action, body)
            #expect(reply.message?.contains(name) == true, "\(reply.message ?? "")")
        }
    }

    @Test func seeking() async throws {
        try await withServer { server in
            #expect(try await server.post("/api/player/seek", #"{"position_ms": 1}"#).status == 409)
            let playlist = try await server.playlist("Farm")
            _ = try await server.post("/api/playlists/\(playlist.id)/start")
            let reply = try await server.post("/api/player/seek", #"{"position_ms": 60000, "client_op_id": "x"}"#)
            #expect(reply.status == 200)
            #expect(reply.data["position_ms"] == 60_000)
            #expect(reply.json["client_op_id"] == "x")
        }
    }

    @Test func theVolume() async throws {
        try await withServer { server in
            let set = try await server.post("/api/player/volume", #"{"volume": 30, "client_op_id": "v"}"#)
            #expect(set.status == 200)
            #expect(set.data["volume"] == 30)
            #expect(set.json["client_op_id"] == "v")
            #expect(try await server.post("/api/player/volume", #"{"muted": true}"#).data["muted"] == true)
            let reply = try await server.get("/api/player/volume")
            #expect(reply.data == .object(["volume": 30, "muted": true]))
        }
    }

    @Test func aBodyTooLargeIsToldAsThat() async throws {
        try await withServer { server in
            let long = #"{"client_op_id": ""# + String(repeating: "a", count: 70_000) + #""}"#
            let reply = try await server.post("/api/player/play", long)
            #expect(reply.status == 413)
            #expect(reply.errorType == "payload_too_large")
        }
    }

    @Test(
        "a path that exists takes its methods and no others",
        arguments: [
            (HTTPRequest.Method.get, "/api/player/play", "POST"), (.delete, "/api/player/status", "GET, HEAD"),
            (.put, "/api/player/volume", "GET, HEAD, POST"), (.patch, "/api/playlists", "GET, HEAD, POST"),
            (.post, "/api/health", "GET, HEAD"), (.put, "/api/playlists/some-id/start", "POST"),
        ]
    )
    func methods(method: HTTPRequest.Method, path: String, allowed: String) async throws {
        try await withServer { server in
            let reply = try await server.send(method, path)
            #expect(reply.status == 405)
            #expect(reply.errorType == "method_not_allowed")
            #expect(reply.headers[.allow] == allowed)
        }
    }

    @Test(
        "what is only asked about has the head of its answer and no body",
        arguments: [
            ("/api/player/status", 200), ("/api/playlists", 200), ("/api/health", 200), ("/api/playlists/nowhere", 404),
            ("/api/player/play", 405), ("/api/nothing", 404),
        ]
    )
    func head(path: String, status: Int) async throws {
        try await withServer { server in
            let reply = try await server.send(.head, path)
            #expect(reply.status == status)
            #expect(reply.body.isEmpty)
            #expect(reply.headers[.contentType]?.hasPrefix("application/json") == true)
        }
    }

    @Test(
        "what does not exist is not found, in JSON",
        arguments: [
            "/api", "/api/nothing", "/api/player", "/api/player/dance", "/nothing", "/api/playlists/x/y/z",
        ]
    )
    func notFound(path: String) async throws {
        try await withServer { server in
            let reply = try await server.get(path)
            #expect(reply.status == 404)
            #expect(reply.json.keys == WireKeys.failure)
            #expect(reply.errorType == "not_found")
        }
    }
}
