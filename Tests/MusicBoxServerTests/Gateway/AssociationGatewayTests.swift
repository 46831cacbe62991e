import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import Testing

@testable import MusicBoxServer

/// Binding tags through sockets and REST alike, several phones watching.
@Suite(.timeLimit(.minutes(1))) struct AssociationGatewayTests {
    private let fish = TagID("04a1b2c3")!

    /// The states that the room `nfc` and everyone were told.
    private func told(_ guest: Guest) -> (status: [String], news: [String]) {
        let heard = guest.heard()
        func states(_ name: String) -> [String] {
            heard.filter { $0.name == name }.compactMap { $0.json["state"]?.string }
        }
        return (states("nfc_status"), states("nfc_association_state"))
    }

    private func watching(_ rig: GatewayRig) async -> (Guest, Guest) {
        let (room, elsewhere) = (rig.lobby.enter(), rig.lobby.enter())
        await rig.send("join:nfc", from: room)
        _ = room.heard()
        return (room, elsewhere)
    }

    @Test func aFreeTagIsBoundAndStaysSilent() async throws {
        try await withGateway { rig in
            let box = rig.server.box
            let id = try await rig.server.playlist("Farm").id
            let (room, elsewhere) = await watching(rig)
            let ack = await rig.send(
                "start_nfc_link",
                ["playlist_id": .string(id), "client_op_id": "a"],
                from: elsewhere
            )
            #expect(ack["data"]?["state"] == "listening")
            #expect(ack["data"]?["started_at"]?.string != nil)
            _ = try await box.tap(fish)
            try await rig.settle()
            #expect(told(room) == (["listening", "success"], ["waiting", "success"]))
            let others = elsewhere.heard()
            #expect(others.count { $0.name == "ack:op" } == 1)
            let news = others.filter { $0.name == "nfc_association_state" }.map(\.json)
            #expect(news.count == 2)
            #expect(news.first?["message"]?.string?.contains("Farm") == true)
            #expect(news.first?["expires_at"] != nil)
            #expect(try await rig.server.library.playlist(forTag: "04a1b2c3")?.id == id)
            #expect(rig.server.engine.loads.isEmpty, "it starts nothing")
            _ = try await box.tap(fish)
            #expect(rig.server.engine.loads.isEmpty, "until it was lifted")
            _ = try await box.liftTag()
            _ = try await box.tap(fish)
            #expect(rig.server.engine.loads.count == 1)
        }
    }

    @Test func noTagPlaysWhileOneListens() async throws {
        try await withGateway { rig in
            let farm = try await rig.server.playlist("Farm").id
            let wood = try await rig.server.playlist("Wood", tag: "04a1b2c3").id
            let (room, _) = await watching(rig)
            await rig.send("start_nfc_link", ["playlist_id": .string(farm)], from: room)
            _ = try await rig.server.box.tap(fish)
            try await rig.settle()
            #expect(rig.server.engine.loads.isEmpty)
            let heard = room.heard()
            let duplicate = heard.last { $0.name == "nfc_status" }?.json
            #expect(duplicate?["state"] == "duplicate")
            #expect(duplicate?["conflict_playlist_id"]?.string == wood)
            let news = heard.last { $0.name == "nfc_association_state" }?.json
            #expect(news?["existing_playlist"] == ["id": .string(wood), "title": "Wood"])

            let refused = await rig.send(
                "override_nfc_tag",
                ["tag_id": "04a1b2c3", "playlist_id": .string(farm), "force": false],
                from: room
            )
            #expect(refused["error_type"] == "conflict")
            let moved = await rig.send(
                "override_nfc_tag",
                ["tag_id": "04a1b2c3", "playlist_id": .string(farm), "force": true],
                from: room
            )
            #expect(moved["data"]?["previous_playlist_id"]?.string == wood)
            try await rig.settle()
            #expect(told(room) == (["success"], ["success"]))
            #expect(try await rig.server.library.playlist(forTag: "04a1b2c3")?.id == farm)
        }
    }

    @Test func aStopIsAnnouncedHoweverItIsNamed() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let (room, _) = await watching(rig)
            for byPlaylist in [true, false] {
                let ack = await rig.send("start_nfc_link", ["playlist_id": .string(id)], from: room)
                let session = ack["data"]?["assoc_id"] ?? .null
                let stop: JSONValue = byPlaylist ? ["playlist_id": .string(id)] : ["assoc_id": session]
                #expect(await rig.send("stop_nfc_link", stop, from: room)["data"]?["state"] == "stopped")
                try await rig.settle()
                #expect(told(room) == (["listening", "stopped"], ["waiting", "cancelled"]))
                #expect(await rig.send("stop_nfc_link", stop, from: room)["error_type"] == "not_found")
                _ = room.heard()
            }
            #expect(await rig.send("stop_nfc_link", from: room)["error_type"] == "validation_error")
        }
    }

    @Test func aDeletedPlaylistEndsItsSession() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let (room, _) = await watching(rig)
            await rig.send("start_nfc_link", ["playlist_id": .string(id)], from: room)
            #expect(try await rig.server.delete("/api/playlists/" + id).status == 204)
            try await rig.settle()
            #expect(told(room) == (["listening", "error"], ["waiting", "error"]))
        }
    }

    @Test func everyTapIsTold() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm", tag: "04d4e5f6").id
            let (room, _) = await watching(rig)
            _ = try await rig.server.box.tap(fish)
            _ = try await rig.server.box.tap(TagID("04d4e5f6")!)
            try await rig.settle()
            let taps = room.heard().filter { $0.name == "nfc_tag_scanned" }.map(\.json)
            #expect(
                taps == [
                    ["tag_id": "04a1b2c3", "known": false],
                    ["tag_id": "04d4e5f6", "known": true, "playlist_id": .string(id)],
                ]
            )
        }
    }

    @Test(
        "how long it listens",
        arguments: [
            ("", 60_000), (#", "timeout_s": 1.5"#, 1_500), (#", "timeout_ms": 250"#, 250),
            (#", "timeout": 30"#, 30_000),
            (#", "timeout": 30000"#, 30_000),
        ]
    )
    func timeouts(field: String, milliseconds: Int) async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let reply = try await rig.server.post("/api/nfc/scan", #"{"playlist_id": "\#(id)"\#(field)}"#)
            #expect(reply.status == 200)
            #expect(reply.data["timeout_ms"]?.int == milliseconds)
            #expect(reply.data["scanning"] == true)
            let session = try #require(reply.data["session_id"]?.string)
            #expect(reply.data["scan_id"]?.string == session)
            #expect(reply.data["assoc_id"]?.string == session)

            let status = try await rig.server.get("/api/nfc/status").data
            #expect(status["association_active"] == true)
            #expect(status["scanning"] == true)
            #expect(status["current_session_id"]?.string == session)
            #expect(status["active_sessions"]?.array?.count == 1)

            #expect(try await rig.server.post("/api/nfc/scan", #"{"playlist_id": "\#(id)"}"#).status == 409)
            #expect(try await rig.server.delete("/api/nfc/session/" + session).data["state"] == "stopped")
            #expect(try await rig.server.delete("/api/nfc/session/" + session).status == 404)
            #expect(try await rig.server.get("/api/nfc/status").data["current_session_id"] == .null)
        }
    }

    @Test(
        "what cannot be listened for",
        arguments: [
            (#"{"playlist_id": "nowhere"}"#, 404), ("{}", 400), (#"{"playlist_id": "X", "timeout_s": 0}"#, 400),
            (#"{"playlist_id": "X", "timeout_s": -1}"#, 400), (#"{"playlist_id": "X", "timeout_ms": 1e12}"#, 400),
            (#"{"playlist_id": "X", "timeout_s": "long"}"#, 400),
        ]
    )
    func refusals(body: String, status: Int) async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            #expect(try await rig.server.post("/api/nfc/scan", body.replacing("X", with: id)).status == status)
        }
    }

    @Test func bindingsByPath() async throws {
        try await withServer { server in
            let (farm, wood) = (try await server.playlist("Farm").id, try await server.playlist("Wood").id)
            let path = "/api/playlists/nfc/04A1B2C3"
            #expect(try await server.get(path).status == 404)
            #expect(try await server.post("\(path)/associate/\(farm)").status == 200)
            let found = try await server.get(path)
            #expect(found.data["id"]?.string == farm)
            #expect(found.data["playlist"]?["id"]?.string == farm)
            #expect(try await server.post("\(path)/associate/\(wood)").status == 409)
            #expect(try await server.post("\(path)/associate/\(wood)", #"{"force": true}"#).status == 200)
            #expect(try await server.delete("\(path)/associate/\(farm)").status == 404, "it is not there any more")
            #expect(try await server.delete("\(path)/associate/\(wood)").status == 200)
            #expect(try await server.get(path).status == 404)
            #expect(try await server.get("/api/playlists/nfc/xyz").status == 400)
            #expect(try await server.post("\(path)/associate/nowhere").status == 404)
        }
    }
}
