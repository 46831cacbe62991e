import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct TrackRoutesTests {
    private func titles(_ reply: Reply) -> [String] {
        reply.data["tracks"]?.array?.compactMap { $0["title"]?.string } ?? []
    }

    @Test("a new order by numbers, ids and file names", arguments: ["track_order", "track_ids"])
    func reorder(key: String) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let path = "/api/playlists/\(playlist.id)/reorder"
            let body = #"{"\#(key)": [3, "\#(playlist.tracks[0].id)", "Farm-2.mp3"], "client_op_id": "r"}"#
            let reply = try await server.post(path, body)
            #expect(reply.status == 200)
            #expect(reply.json["client_op_id"] == "r")
            #expect(reply.data.keys == WireKeys.playlist.union(["playlist"]))
            #expect(titles(reply) == ["Farm-3", "Farm-1", "Farm-2"])
            #expect(reply.data["tracks"]?.array?.map { $0["number"] } == [1, 2, 3])
        }
    }

    @Test(
        "what is no permutation is refused, and changes nothing",
        arguments: [
            "{}", "", "[]", #"{"track_order": []}"#, #"{"track_order": [1, 2]}"#, #"{"track_order": [1, 2, 2]}"#,
            #"{"track_order": [1, 2, 3, 4]}"#, #"{"track_order": [0, 1, 2]}"#, #"{"track_order": [1, 2, true]}"#,
            #"{"track_order": [1, 2, "x"]}"#, #"{"track_order": "321"}"#, #"{"track_order": [1.5, 2, 3]}"#,
            #"{"track_order": [3, 2, 1], "client_op_id": "?"}"#,
        ]
    )
    func noPermutation(body: String) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let reply = try await server.post("/api/playlists/\(playlist.id)/reorder", body)
            #expect(reply.status == 400)
            #expect(reply.errorType == "validation_error")
            #expect(try await server.library.playlist(id: playlist.id) == playlist)
        }
    }

    @Test("deleted by numbers or ids", arguments: [true, false])
    func delete(byNumber: Bool) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let path = "/api/playlists/\(playlist.id)/tracks"
            let ids = [playlist.tracks[0].id, playlist.tracks[2].id]
            let byID = #"{"track_ids": ["\#(ids[0])", "\#(ids[1])"]}"#
            let reply = try await server.delete(path, byNumber ? #"{"track_numbers": [1, 3]}"# : byID)
            #expect(reply.status == 200)
            #expect(reply.data["track_ids"] == .array(ids.map { .string($0) }))
            #expect(reply.data["track_numbers"] == [1, 3])
            let rest = try #require(try await server.library.playlist(id: playlist.id)).tracks
            #expect(rest.map(\.title) == ["Farm-2"])
            #expect(rest.map(\.number) == [1])
        }
    }

    @Test(
        "deletions that are refused as a whole",
        arguments: [
            "{}", "", #"{"track_numbers": []}"#, #"{"track_numbers": [1, 9]}"#, #"{"track_numbers": [1, 1]}"#,
            #"{"track_ids": ["nothing"]}"#, #"{"track_numbers": 1}"#,
        ]
    )
    func deleteErrors(body: String) async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let reply = try await server.delete("/api/playlists/\(playlist.id)/tracks", body)
            #expect(reply.status == 400)
            #expect(try await server.library.playlist(id: playlist.id)?.tracks.count == 3)
        }
    }

    @Test("moved by either route", arguments: [true, false])
    func move(withSourceInPath: Bool) async throws {
        try await withServer { server in
            let (farm, wood) = (try await server.playlist("Farm"), try await server.playlist("Wood"))
            let source = withSourceInPath ? "" : #""source_playlist_id": "\#(farm.id)", "#
            let reply = try await server.post(
                withSourceInPath ? "/api/playlists/\(farm.id)/move-track" : "/api/playlists/move-track",
                #"{\#(source)"target_playlist_id": "\#(wood.id)", "track_number": 2, "target_position": 1}"#
            )
            #expect(reply.status == 200)
            #expect(reply.data["track"]?["id"]?.string == farm.tracks[1].id)
            #expect(reply.data["track"]?["number"] == 1)
            #expect(reply.data["source_playlist_id"]?.string == farm.id)
            #expect(reply.data["target_playlist_id"]?.string == wood.id)
            let (left, right) = (
                try await server.library.playlist(id: farm.id)?.tracks.map(\.title),
                try await server.library.playlist(id: wood.id)?.tracks.map(\.title)
            )
            #expect(left == ["Farm-1", "Farm-3"])
            #expect(right == ["Farm-2", "Wood-1", "Wood-2", "Wood-3"])
        }
    }

    @Test func moveErrors() async throws {
        try await withServer { server in
            let (farm, wood) = (try await server.playlist("Farm").id, try await server.playlist("Wood").id)
            let path = "/api/playlists/\(farm)/move-track"
            for (body, status) in [
                ("{}", 400), (#"{"target_playlist_id": "\#(wood)"}"#, 400),
                (#"{"target_playlist_id": "nowhere", "track_number": 1}"#, 404),
                (#"{"target_playlist_id": "\#(wood)", "track_number": 9}"#, 400),
                (#"{"target_playlist_id": "\#(wood)", "track_id": "x"}"#, 400),
                (#"{"target_playlist_id": "\#(wood)", "track_number": 1, "target_position": 0}"#, 400),
                (#"{"source_playlist_id": "\#(wood)", "target_playlist_id": "\#(farm)", "track_number": 1}"#, 400),
            ] {
                let reply = try await server.post(path, body)
                #expect(reply.status == status, "\(body)")
            }
            let nowhere = #"{"source_playlist_id": "x", "target_playlist_id": "\#(wood)", "track_number": 1}"#
            #expect(try await server.post("/api/playlists/move-track", nowhere).status == 404)
            #expect(try await server.post("/api/playlists/move-track", "{}").status == 400)
            #expect(try await server.get("/api/playlists/move-track").status == 405)
        }
    }

    @Test func edit() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let track = playlist.tracks[1].id
            let path = "/api/playlists/\(playlist.id)/tracks/\(track)"
            let reply = try await server.put(path, #"{"title": "Kuh", "artist": "Emma"}"#)
            #expect(reply.status == 200)
            #expect(reply.data.keys == WireKeys.track.union(["track"]))
            #expect(reply.data["title"] == "Kuh")
            #expect(reply.data["track"]?["artist"] == "Emma")
            #expect(reply.data["album"] == .null)
            let cleared = try await server.put(path, #"{"artist": ""}"#)
            #expect(cleared.data["artist"] == .null)
            #expect(cleared.data["title"] == "Kuh")
            for body in ["{}", "", #"{"title": ""}"#, #"{"title": 5}"#] {
                #expect(try await server.put(path, body).status == 400)
            }
            let other = try await server.playlist("Wood").id
            #expect(try await server.put("/api/playlists/\(other)/tracks/\(track)", #"{"title": "x"}"#).status == 404)
            #expect(try await server.put("/api/playlists/x/tracks/\(track)", #"{"title": "x"}"#).status == 404)
        }
    }

    @Test func playlistsAreEdited() async throws {
        try await withServer { server in
            let playlist = try await server.playlist("Farm")
            let path = "/api/playlists/" + playlist.id
            let reply = try await server.put(path, #"{"name": " Hof ", "client_op_id": "u"}"#)
            #expect(reply.status == 200)
            #expect(reply.json["client_op_id"] == "u")
            #expect(reply.data["title"] == "Hof")
            #expect(reply.data["playlist"]?["tracks"]?.array?.count == 3)
            #expect(try #require(reply.data["playlist_seq"]?.int) > playlist.summary.playlistSeq)
            #expect(try await server.put(path, #"{"description": "Tiere"}"#).data["title"] == "Hof")
            for body in ["{}", "", #"{"title": " "}"#, #"{"title": 5}"#, #"{"description": 5}"#] {
                #expect(try await server.put(path, body).status == 400)
            }
            #expect(try await server.put("/api/playlists/x", #"{"title": "x"}"#).status == 404)
        }
    }
}
