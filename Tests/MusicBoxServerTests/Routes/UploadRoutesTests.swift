import Foundation
import HTTPTypes
import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct UploadRoutesTests {
    private static let bytes = (0..<2_500).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private func open(
        _ server: ServerRig,
        _ playlistID: String,
        _ body: String = #"{"filename": "song.mp3", "file_size": 2500, "chunk_size": 1024}"#
    ) async throws -> Reply {
        try await server.post("/api/playlists/\(playlistID)/uploads/session", body)
    }

    @Test func fromTheFirstByteToTheTrack() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let opened = try await open(server, id)
            #expect(opened.status == 201)
            #expect(opened.data.keys == WireKeys.uploadSession)
            #expect(opened.data["status"] == "pending")
            #expect(opened.data["missing_chunks"] == [0, 1, 2])
            let path = "/api/playlists/\(id)/uploads/" + (try #require(opened.data["session_id"]?.string))

            for (index, missing) in [(2, [0, 1]), (0, [1]), (0, [1])] as [(Int, [Int])] {
                let part = Array(Self.bytes[(index * 1_024)..<min((index + 1) * 1_024, 2_500)])
                let reply = try await server.send(.put, path + "/chunks/\(index)", bytes: part)
                #expect(reply.status == 200)
                #expect(
                    reply.data.keys == [
                        "chunk_index", "received", "total_chunks", "progress_percent", "progress", "session",
                    ]
                )
                #expect(reply.data["chunk_index"]?.int == index)
                #expect(reply.data["received"] == true)
                #expect(reply.data["session"]?["missing_chunks"]?.array?.compactMap(\.int) == missing)
            }
            let status = try await server.get(path)
            #expect(status.status == 200)
            #expect(status.data["status"] == "uploading")
            #expect(status.data["chunks_uploaded"] == 2)
            #expect(status.data["bytes_uploaded"] == 1_476)

            let early = try await server.post(path + "/finalize", "{}")
            #expect(early.status == 409)
            #expect(early.errorType == "conflict")

            _ = try await server.send(.put, path + "/chunks/1", bytes: Array(Self.bytes[1_024..<2_048]))
            let done = try await server.post(path + "/finalize")
            #expect(done.status == 201)
            #expect(done.data.keys == ["track", "tracks"])
            #expect(done.data["track"]?.keys == WireKeys.track)
            #expect(done.data["track"]?["title"] == "song")
            #expect(try await server.get(path).data["status"] == "completed")
            #expect(try await server.post(path + "/finalize").data["track"]?["id"] == done.data["track"]?["id"])
            #expect(try await server.library.playlist(id: id)?.tracks.count == 1)
        }
    }

    @Test(
        "sessions that are refused",
        arguments: [
            ("", 400), ("{", 400), ("{}", 400), (#"{"filename": "song.mp3"}"#, 400),
            (#"{"filename": "song.mp3", "file_size": "5"}"#, 400), (#"{"filename": 5, "file_size": 5}"#, 400),
            (#"{"filename": "notes.txt", "file_size": 5}"#, 400), (#"{"filename": "song.mp3", "file_size": 0}"#, 400),
            (#"{"filename": "song.mp3", "file_size": -5}"#, 400),
            (#"{"filename": "song.mp3", "file_size": 5, "chunk_size": 1}"#, 400),
            (#"{"filename": "song.mp3", "file_size": 5, "file_hash": "abc"}"#, 400),
            (#"{"filename": "song.mp3", "file_size": 9000000000}"#, 413),
        ]
    )
    func sessionErrors(body: String, status: Int) async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let reply = try await open(server, id, body)
            #expect(reply.status == status)
            #expect(reply.errorType == (status == 413 ? "payload_too_large" : "validation_error"))
        }
    }

    @Test func noRoom() async throws {
        try await withServer(minimumFreeBytes: Int.max / 2) { server in
            let reply = try await open(server, try await server.playlist("Farm", tracks: 0).id)
            #expect(reply.status == 507)
            #expect(reply.errorType == "insufficient_storage")
        }
    }

    @Test func whatIsNotThere() async throws {
        try await withServer { server in
            #expect(try await open(server, "nowhere").status == 404)
            let (id, other) = (
                try await server.playlist("Farm", tracks: 0).id, try await server.playlist("Wood", tracks: 0).id
            )
            let session = try #require(try await open(server, id).data["session_id"]?.string)
            for path in ["/api/playlists/\(id)/uploads/nowhere", "/api/playlists/\(other)/uploads/\(session)"] {
                #expect(try await server.get(path).status == 404)
                #expect(try await server.send(.put, path + "/chunks/0", bytes: [1]).status == 404)
                #expect(try await server.post(path + "/finalize").status == 404)
            }
        }
    }

    @Test(
        "chunks that are refused",
        arguments: [
            ("0", 1_023, 400), ("0", 0, 400), ("3", 0, 400), ("-1", 1_024, 400), ("x", 1_024, 400),
            ("0", UploadStore.maximumChunkSize + 1, 413),
        ]
    )
    func chunkErrors(index: String, length: Int, status: Int) async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let session = try #require(try await open(server, id).data["session_id"]?.string)
            let path = "/api/playlists/\(id)/uploads/\(session)/chunks/\(index)"
            let reply = try await server.send(.put, path, bytes: [UInt8](repeating: 0, count: length))
            #expect(reply.status == status)
        }
    }

    @Test func aWrongHashIsAConflict() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let opened = try await open(server, id, #"{"filename": "a.mp3", "file_size": 3}"#)
            let path = "/api/playlists/\(id)/uploads/" + (try #require(opened.data["session_id"]?.string))
            _ = try await server.send(.put, path + "/chunks/0", bytes: [1, 2, 3])
            let wrong = #"{"file_hash": ""# + String(repeating: "0", count: 64) + #""}"#
            let reply = try await server.post(path + "/finalize", wrong)
            #expect(reply.status == 409)
            #expect(try await server.library.playlist(id: id)?.tracks.isEmpty == true)
            #expect(try await server.post(path + "/finalize", #"{"file_hash": 5}"#).status == 400)
            #expect(try await server.post(path + "/finalize").status == 201)
        }
    }

    @Test func aChunkInAForm() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let opened = try await open(server, id, #"{"filename": "a.mp3", "file_size": 3}"#)
            let path = "/api/playlists/\(id)/uploads/" + (try #require(opened.data["session_id"]?.string))
            let form: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
            let start = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\n\r\n"
            let wrong = Array((start + "\u{1}\u{2}\u{3}\u{4}\r\n--b--\r\n").utf8)
            #expect(try await server.send(.put, path + "/chunks/0", bytes: wrong, headers: form).status == 400)
            let right = Array((start + "\u{1}\u{2}\u{3}\r\n--b--\r\n").utf8)
            #expect(try await server.send(.put, path + "/chunks/0", bytes: right, headers: form).status == 200)
            let done = try await server.post(path + "/finalize", #"{"metadata_override": {"title": "Muh"}}"#)
            #expect(done.data["track"]?["title"] == "Muh")
            let stored = server.directory + "/media/" + (done.data["track"]?["file_path"]?.string ?? "")
            #expect(FileManager.default.contents(atPath: stored) == Data([1, 2, 3]))
        }
    }

    @Test func allSessionsAndTheirEnd() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            let first = try #require(try await open(server, id).data["session_id"]?.string)
            let second = try #require(try await open(server, id).data["session_id"]?.string)
            let list = try await server.get("/api/uploads/sessions")
            #expect(
                Set(list.data["sessions"]?.array?.compactMap { $0["session_id"]?.string } ?? []) == [first, second]
            )
            #expect(try await server.delete("/api/uploads/sessions/" + first).status == 204)
            #expect(try await server.delete("/api/uploads/sessions/" + first).status == 404)
            let kept = try await server.post("/api/uploads/cleanup")
            #expect(kept.data == .object(["cleaned_files": 0, "freed_bytes": 0, "cleaned_sessions": 0]))
            let cleaned = try await server.post("/api/uploads/cleanup?max_age_hours=0")
            #expect(cleaned.data["cleaned_sessions"] == 1)
            #expect(cleaned.data["cleaned_files"] == 2)
            #expect(try await server.post("/api/uploads/cleanup?max_age_hours=-1").status == 400)
        }
    }

    @Test func tooManySessionsAreToldWhenToTryAgain() async throws {
        try await withServer { server in
            let id = try await server.playlist("Farm", tracks: 0).id
            for _ in 0..<64 { _ = try await open(server, id) }
            let reply = try await open(server, id)
            #expect(reply.status == 429)
            #expect(reply.errorType == "rate_limit_exceeded")
            #expect(reply.headers[.retryAfter] == "30")
        }
    }
}
