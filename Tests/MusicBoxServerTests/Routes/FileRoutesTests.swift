import Foundation
import HTTPTypes
import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

@Suite(.timeLimit(.minutes(1))) struct FileRoutesTests {
    private static let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) }

    private func withTrack(_ body: (ServerRig, _ playlist: String, _ track: String) async throws -> Void) async throws {
        try await withServer { server in
            let playlist = try await server.library.createPlaylist(title: "Farm")
            try FileManager.default.createDirectory(
                atPath: server.directory + "/media/t",
                withIntermediateDirectories: true
            )
            try Data(Self.bytes).write(to: URL(fileURLWithPath: server.directory + "/media/t/a.mp3"))
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: server.directory + "/covers/c.png"))
            let new = NewTrack(
                title: "a",
                filename: "a.mp3",
                filePath: "t/a.mp3",
                fileSize: 300_000,
                coverPath: "c.png"
            )
            let track = try await server.library.addTrack(to: playlist.id, new)
            try await body(server, playlist.id, track.id)
        }
    }

    @Test func theWholeFileWithItsTag() async throws {
        try await withTrack { server, _, track in
            let reply = try await server.get("/api/tracks/\(track)/audio")
            #expect(reply.status == 200)
            #expect(reply.body == Self.bytes)
            #expect(reply.headers[.contentType] == "audio/mpeg")
            #expect(reply.headers[.acceptRanges] == "bytes")
            let tag = try #require(reply.headers[.eTag])
            let head = try await server.send(.head, "/api/tracks/\(track)/audio")
            #expect(head.status == 200)
            #expect(head.body == [])
            #expect(head.headers[.eTag] == tag)
            for known in [tag, "\"x\", W/\(tag)", "*"] {
                let again = try await server.send(.get, "/api/tracks/\(track)/audio", headers: [.ifNoneMatch: known])
                #expect(again.status == 304)
                #expect(again.body == [])
                #expect(again.headers[.eTag] == tag)
            }
            let other = try await server.send(.get, "/api/tracks/\(track)/audio", headers: [.ifNoneMatch: "\"x\""])
            #expect(other.status == 200)
        }
    }

    @Test func ranges() async throws {
        try await withTrack { server, _, track in
            let path = "/api/tracks/\(track)/audio"
            for (range, expected) in [
                ("bytes=0-9", 0...9), ("bytes=299990-", 299_990...299_999), ("bytes=5-200000", 5...200_000),
            ] {
                let reply = try await server.send(.get, path, headers: [.range: range])
                #expect(reply.status == 206)
                #expect(reply.body == Array(Self.bytes[expected]))
                #expect(reply.headers[.contentRange] == "bytes \(expected.lowerBound)-\(expected.upperBound)/300000")
            }
            let beyond = try await server.send(.get, path, headers: [.range: "bytes=300000-"])
            #expect(beyond.status == 416)
            #expect(beyond.headers[.contentRange] == "bytes */300000")
            #expect(beyond.errorType == "range_not_satisfiable")
            let tag = try #require(try await server.send(.head, path).headers[.eTag])
            let same = try await server.send(.get, path, headers: [.range: "bytes=0-9", .ifRange: tag])
            #expect(same.status == 206)
            let changed = try await server.send(.get, path, headers: [.range: "bytes=0-9", .ifRange: "\"old\""])
            #expect(changed.status == 200)
            #expect(changed.body.count == 300_000)
        }
    }

    @Test func covers() async throws {
        try await withTrack { server, playlist, track in
            for path in ["/api/playlists/\(playlist)/cover", "/api/tracks/\(track)/cover"] {
                let reply = try await server.get(path)
                #expect(reply.status == 200)
                #expect(reply.body == [1, 2, 3])
                #expect(reply.headers[.contentType] == "image/png")
            }
        }
    }

    @Test func whatIsNotThere() async throws {
        try await withTrack { server, playlist, track in
            let empty = try await server.playlist("Wood").id
            for path in [
                "playlists/x/cover", "tracks/x/cover", "tracks/x/audio", "playlists/\(empty)/cover",
                "tracks/%2e%2e/audio",
            ] {
                let reply = try await server.get("/api/" + path)
                #expect(reply.status == 404)
                #expect(reply.errorType == "not_found")
            }
            try FileManager.default.removeItem(atPath: server.directory + "/media/t/a.mp3")
            #expect(try await server.get("/api/tracks/\(track)/audio").status == 404)
            #expect(try await server.post("/api/tracks/\(track)/audio").status == 405)
        }
    }
}
