import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct NFCRoutesTests {
    @Test func bindingATag() async throws {
        try await withServer { server in
            let (farm, wood) = (try await server.playlist("Farm").id, try await server.playlist("Wood").id)
            func associate(_ id: String, _ rest: String = "") async throws -> Reply {
                try await server.post(
                    "/api/nfc/associate",
                    #"{"playlist_id": "\#(id)", "tag_id": "04:A1:B2:C3"\#(rest)}"#
                )
            }
            let bound = try await associate(farm, #", "client_op_id": "b""#)
            #expect(bound.status == 200)
            #expect(bound.json["client_op_id"] == "b")
            #expect(bound.data["tag_id"] == "04a1b2c3")
            #expect(bound.data["playlist_id"]?.string == farm)
            #expect(try await associate(farm).status == 200, "again is fine")

            let conflict = try await associate(wood)
            #expect(conflict.status == 409)
            #expect(conflict.json.keys == WireKeys.failure.union(["details"]))
            #expect(conflict.json["details"] == .object(["playlist_id": .string(farm), "playlist_title": "Farm"]))

            let moved = try await associate(wood, #", "force": true"#)
            #expect(moved.status == 200)
            #expect(moved.data["previous_playlist_id"]?.string == farm)

            #expect(try await associate("nowhere", #", "force": true"#).status == 404)

            let freed = try await server.delete("/api/nfc/associate/04-a1-b2-c3")
            #expect(freed.status == 200)
            #expect(freed.data["playlist_id"]?.string == wood)
            #expect(try await server.delete("/api/nfc/associate/04a1b2c3").status == 404)
        }
    }

    @Test(
        "what is no tag is refused",
        arguments: ["", "04", "04a1b2c", "xyz", "04a1b2c3d4", "04a1b2c3d4e5f60718293a4b"]
    )
    func noTag(tag: String) async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm").id
            let body = #"{"playlist_id": "\#(id)", "tag_id": "\#(tag)"}"#
            for path in ["/api/nfc/associate", "/api/nfc/tap"] {
                let reply = try await server.post(path, body)
                #expect(reply.status == 400)
                #expect(reply.errorType == "validation_error")
            }
            if !tag.isEmpty { #expect(try await server.delete("/api/nfc/associate/" + tag).status == 400) }
        }
    }

    @Test(
        "bodies that are refused",
        arguments: [
            ("associate", "{"), ("associate", "{}"), ("associate", #"{"playlist_id": 5, "tag_id": "04a1b2c3"}"#),
            ("associate", #"{"playlist_id": "x", "tag_id": "04a1b2c3", "force": "yes"}"#), ("tap", ""), ("tap", "[]"),
            ("tap", #"{"tag_id": 5}"#),
        ]
    )
    func bodies(route: String, body: String) async throws {
        try await withServer { server in
            let reply = try await server.post("/api/nfc/" + route, body)
            #expect(reply.status == 400)
            #expect(reply.errorType == "validation_error")
        }
    }

    @Test func theVirtualReader() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tag: "04a1b2c3").id
            #expect(try await server.post("/api/nfc/remove").status == 409)
            let tapped = try await server.post("/api/nfc/tap", #"{"tag_id": "04A1B2C3"}"#)
            #expect(tapped.status == 200)
            #expect(tapped.data.keys == WireKeys.player)
            #expect(tapped.data["active_playlist_id"]?.string == id)
            let status = try await server.get("/api/nfc/status")
            #expect(status.data["present_tag"] == "04a1b2c3")
            #expect(status.data["last_tag"] == "04a1b2c3")
            #expect(status.data["reader_available"] == false)
            #expect(status.data["reader"]?.string != nil)
            let lifted = try await server.post("/api/nfc/remove")
            #expect(lifted.status == 200)
            #expect(lifted.data == .object(["tag_id": "04a1b2c3"]))
            #expect(try await server.post("/api/nfc/remove").status == 409)
        }
    }
}
