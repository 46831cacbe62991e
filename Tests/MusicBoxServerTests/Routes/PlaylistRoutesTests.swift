import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct PlaylistRoutesTests {
    @Test func aPageOfPlaylists() async throws {
        try await withServer { server in
            for number in 1...5 { try await server.playlist("List \(number)", tracks: 0) }
            let reply = try await server.get("/api/playlists?page=2&limit=2")
            #expect(reply.status == 200)
            #expect(reply.data.keys == ["playlists", "page", "limit", "total", "total_pages"])
            #expect(reply.data["page"] == 2)
            #expect(reply.data["limit"] == 2)
            #expect(reply.data["total"] == 5)
            #expect(reply.data["total_pages"] == 3)
            let playlists = try #require(reply.data["playlists"]?.array)
            #expect(playlists.map { $0["title"] } == ["List 3", "List 4"])
            #expect(playlists.allSatisfy { $0.keys == WireKeys.playlistLite })
            let whole = try await server.get("/api/playlists")
            #expect(whole.data["limit"] == 50)
            #expect(whole.data["playlists"]?.array?.count == 5)
            #expect(try await server.get("/api/playlists?page=1000000").data["playlists"]?.array == [])
        }
    }

    @Test func addressesBecomeTracks() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Radio", tracks: 0)
            let path = "/api/playlists/\(playlist.id)/tracks"
            let reply = try await server.post(path, #"{"url": "http://radio.example/live", "title": " Sender "}"#)
            #expect(reply.status == 201)
            #expect(reply.data["track"]?.keys == WireKeys.track)
            #expect(reply.data["track"]?["title"] == "Sender")
            #expect(reply.data["track"]?["filename"] == "http://radio.example/live")
            for body in [#"{"url": "file:///etc/passwd"}"#, #"{"url": ""}"#, "{}", #"{"url": "radio.example"}"#] {
                #expect(try await server.post(path, body).status == 400)
            }
            #expect(try await server.post("/api/playlists/none/tracks", #"{"url": "http://a/b"}"#).status == 404)
        }
    }

    @Test func searching() async throws {
        try await withServer { server in
            try await server.playlist("Bauernhof")
            try await server.playlist("Märchen & Lieder")
            let reply = try await server.get("/api/playlists?q=m%C3%A4rchen%20%26")
            #expect(reply.data["playlists"]?.array?.compactMap { $0["title"]?.string } == ["Märchen & Lieder"])
            #expect(reply.data["total"] == 1)
        }
    }

    @Test(
        "pages that do not exist are refused",
        arguments: [
            "page=0", "page=-1", "page=x", "page=", "limit=0", "limit=101", "limit=1.5", "page=99999999999999999999",
        ]
    )
    func pageErrors(query: String) async throws {
        try await withServer { server in
            let reply = try await server.get("/api/playlists?" + query)
            #expect(reply.status == 400)
            #expect(reply.errorType == "validation_error")
        }
    }

    @Test(
        "made under either name of its title",
        arguments: [
            #"{"title": " Farm ", "description": "d", "client_op_id": "c"}"#,
            #"{"name": "Farm", "description": "d", "client_op_id": "c"}"#,
            #"{"title": null, "name": "Farm", "description": "d", "client_op_id": "c"}"#,
        ]
    )
    func create(body: String) async throws {
        try await withServer { server in
            let reply = try await server.post("/api/playlists", body)
            #expect(reply.status == 201)
            #expect(reply.json["client_op_id"] == "c")
            #expect(reply.data.keys == WireKeys.playlist.union(["playlist"]))
            #expect(reply.data["playlist"]?.keys == WireKeys.playlist)
            #expect(reply.data["title"] == "Farm")
            #expect(reply.data["description"] == "d")
            #expect(reply.data["playlist"]?["id"] == reply.data["id"])
            let id = try #require(reply.data["id"]?.string)
            #expect(try await server.library.playlist(id: id)?.summary.title == "Farm")
        }
    }

    @Test(
        "not made without a title",
        arguments: [
            "", "{", "[]", "{}", #"{"title": ""}"#, #"{"title": " \t "}"#, #"{"title": 5}"#, #"{"title": null}"#,
            #"{"title": "a", "description": 5}"#, #"{"title": "a", "client_op_id": "?"}"#,
        ]
    )
    func createErrors(body: String) async throws {
        try await withServer { server in
            let reply = try await server.post("/api/playlists", body)
            #expect(reply.status == 400)
            #expect(reply.errorType == "validation_error")
            #expect(try await server.library.playlists().isEmpty)
        }
    }

    @Test func onePlaylistWithItsTracks() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm", tag: "04a1b2c3")
            let reply = try await server.get("/api/playlists/" + playlist.id)
            #expect(reply.status == 200)
            #expect(reply.data.keys == WireKeys.playlist.union(["playlist"]))
            #expect(reply.data["nfc_tag_id"] == "04a1b2c3")
            #expect(reply.data["nfc_tag_ids"] == ["04a1b2c3"])
            #expect(reply.data["total_duration_ms"] == 180_000)
            let tracks = try #require(reply.data["tracks"]?.array)
            #expect(tracks.map { $0["number"] } == [1, 2, 3])
            #expect(tracks.allSatisfy { $0.keys == WireKeys.track }, "what is not known is null, not left out")
            #expect(tracks[0]["duration"] == 60)
            #expect(tracks[0]["artist"] == .null)
            #expect(tracks[0]["created_at"]?.string?.hasSuffix("Z") == true)
        }
    }

    @Test func deleting() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let path = "/api/playlists/" + playlist.id
            let reply = try await server.delete(path)
            #expect(reply.status == 204)
            #expect(reply.body.isEmpty)
            for again in [
                try await server.delete(path), try await server.get(path), try await server.post(path + "/start"),
            ] {
                #expect(again.status == 404)
                #expect(again.errorType == "not_found")
                #expect(again.message?.contains(playlist.id) == true)
            }
        }
    }

    @Test func starting() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let path = "/api/playlists/" + playlist.id
            let reply = try await server.post(path + "/start", #"{"client_op_id": "s"}"#)
            #expect(reply.status == 200)
            #expect(reply.json["client_op_id"] == "s")
            #expect(reply.data.keys == WireKeys.player)
            #expect(reply.data["active_track_number"] == 1)
            let third = try await server.post(path + "/play/3")
            #expect(third.data["active_track_number"] == 3)
            #expect(third.data["track_index"] == 2)
            #expect(server.engine.loads.map(\.path).map { $0.suffix(10) } == ["Farm-1.mp3", "Farm-3.mp3"])
        }
    }

    @Test(
        "tracks that are not there",
        arguments: [
            "0", "4", "-1", "x", "1.5", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        ]
    )
    func noSuchTrack(number: String) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let reply = try await server.post("/api/playlists/\(playlist.id)/play/\(number)")
            #expect(reply.status == 400)
            #expect(reply.errorType == "validation_error")
            #expect(server.engine.loads.isEmpty)
        }
    }

    @Test func anEmptyPlaylistCannotBeStarted() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm", tracks: 0)
            let reply = try await server.post("/api/playlists/\(playlist.id)/start")
            #expect(reply.status == 409)
            #expect(reply.errorType == "conflict")
        }
    }
}
