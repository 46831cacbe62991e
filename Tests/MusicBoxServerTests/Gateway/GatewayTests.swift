import Foundation
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import TestSupport
import Testing

@testable import MusicBoxServer

/// The contract, sections 2 and 3, through the gateway that all doors share.
@Suite(.timeLimit(.minutes(1))) struct GatewayTests {
    // MARK: - Rooms

    @Test func joiningPlaylists() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let guest = rig.lobby.enter()
            let ack = await rig.send("join:playlists", from: guest)
            #expect(ack["success"] == true)
            #expect(ack["room"] == "playlists")
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["state:playlists", "state:player", "ack:join"])
            #expect(heard[0].json["data"]?["playlists"]?.array?.compactMap { $0["id"]?.string } == [id])
            #expect(heard[2].json == ack)
            #expect(guest.rooms == ["playlists"])
        }
    }

    @Test func joiningOnePlaylist() async throws {
        try await withGateway { rig in
            let playlist = try await rig.server.playlist("Farm", tracks: 2)
            let guest = rig.lobby.enter()
            let ack = await rig.send("join:playlist", ["playlist_id": .string(playlist.id)], from: guest)
            #expect(ack["playlist_seq"]?.int == playlist.summary.playlistSeq)
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["state:playlist", "ack:join"])
            #expect(heard[0].json["data"]?["tracks"]?.array?.count == 2)
            #expect(heard[0].json["playlist_seq"]?.int == playlist.summary.playlistSeq)

            let unknown = await rig.send("join:playlist", ["playlist_id": "nowhere"], from: guest)
            #expect(unknown["success"] == false)
            #expect(unknown["message"]?.string != nil)
            #expect(guest.heard().map(\.name) == ["ack:join"])
            #expect(guest.rooms == ["playlist:" + playlist.id])
        }
    }

    @Test func joiningNFCShowsTheSessionsThatAreLive() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let guest = rig.lobby.enter()
            await rig.send("join:nfc", from: guest)
            #expect(guest.heard().map(\.name) == ["ack:join"])
            let ack = await rig.send("start_nfc_link", ["playlist_id": .string(id), "timeout_s": 5], from: guest)
            try await rig.settle()
            #expect(guest.heard().map(\.name).sorted() == ["nfc_association_state", "nfc_status"])
            let second = rig.lobby.enter()
            await rig.send("join:nfc", ["assoc_id": ack["data"]?["assoc_id"] ?? .null], from: second)
            let heard = second.heard()
            #expect(heard.map(\.name) == ["nfc_status", "ack:join"])
            #expect(heard[0].json["assoc_id"] == ack["data"]?["assoc_id"])
            #expect(heard[0].json["state"] == "listening")
        }
    }

    @Test func whoLeftHearsNoMore() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            for room in ["playlists", "nfc"] {
                await rig.send("join:" + room, from: guest)
                let ack = await rig.send("leave:" + room, from: guest)
                #expect(ack["room"]?.string == room)
                #expect(ack["success"] == true)
            }
            let id = try await rig.server.playlist("Farm").id
            await rig.send("join:playlist", ["playlist_id": .string(id)], from: guest)
            let ack = await rig.send("leave:playlist", ["playlist_id": .string(id)], from: guest)
            #expect(ack["playlist_id"]?.string == id)
            _ = guest.heard()
            _ = try await rig.server.box.setVolume(11, muted: nil)
            try await rig.settle()
            #expect(guest.heard().isEmpty)
            #expect(guest.rooms.isEmpty)
        }
    }

    @Test("what is malformed is answered", arguments: ["join:playlist", "leave:playlist", "start_nfc_link", "no:such"])
    func malformed(event: String) async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            let ack = await rig.send(event, ["client_op_id": "x-1"], from: guest)
            #expect(ack["status"] == "error")
            #expect(ack["error_type"] == "validation_error")
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["err:op"])
            #expect(heard[0].json["client_op_id"] == "x-1")
        }
    }

    // MARK: - Synchronization

    @Test func whatWasMissedComesOnceAndInOrder() async throws {
        try await withGateway { rig in
            let stays = rig.lobby.enter()
            await rig.send("join:playlists", from: stays)
            let seen = rig.server.box.hub.currentSeq
            _ = stays.heard()
            for volume in [11, 12, 13] { _ = try await rig.server.box.setVolume(volume, muted: nil) }
            let back = rig.lobby.enter()
            await rig.send("join:playlists", from: back)
            _ = try await rig.server.box.setVolume(14, muted: nil)
            try await rig.settle()
            _ = back.heard()
            let ack = await rig.send("sync:request", ["last_global_seq": .int(seen)], from: back)
            #expect(ack["synced_rooms"] == ["playlists"])
            let replayed = back.heard()
            let live = stays.heard().filter { $0.json["event_id"] != nil }
            #expect(replayed.last?.name == "sync:complete")
            #expect(replayed.last?.json["current_global_seq"]?.int == rig.server.box.hub.currentSeq)
            let missed = replayed.dropLast().map { $0.json["event_id"] }
            #expect(missed.count == 6, "two events for each volume but the one it heard itself")
            #expect(missed == live.prefix(6).map { $0.json["event_id"] })
            await rig.send("sync:request", ["last_global_seq": .int(seen)], from: back)
            #expect(back.heard().map(\.name) == ["sync:complete"], "nothing comes twice")
        }
    }

    @Test("numbers from elsewhere", arguments: [0, -1, 1_000_000])
    func snapshotsInstead(last: Int) async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            await rig.send("join:playlists", from: guest)
            _ = guest.heard()
            let fields: JSONValue = ["last_global_seq": .int(last), "requested_rooms": ["playlists", "nfc"]]
            let ack = await rig.send("sync:request", fields, from: guest)
            #expect(ack["status"] == "error")
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["sync:error", "state:playlists", "state:player"])
            #expect(heard[0].json["requested_rooms"] == ["playlists"], "it is not in the other")
            #expect(heard[0].json["server_seq"]?.int == rig.server.box.hub.currentSeq)
        }
    }

    @Test func whoSaysNothingGetsSnapshots() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            await rig.send("sync:request", from: guest)
            #expect(guest.heard().map(\.name) == ["sync:complete"], "in no room nothing is missed")
            await rig.send("join:playlists", from: guest)
            _ = guest.heard()
            await rig.send("sync:request", from: guest)
            #expect(guest.heard().map(\.name) == ["sync:error", "state:playlists", "state:player"])
        }
    }

    @Test func byTheNumberOfAPlaylist() async throws {
        try await withGateway { rig in
            let box = rig.server.box
            let playlist = try await box.createPlaylist(title: "Farm", description: "")
            let seen = playlist.summary.playlistSeq
            for tag in ["04a1b2c3", "04a1b2c4"] {
                _ = try await box.bind(TagID(tag)!, to: playlist.id, force: false)
            }
            let guest = rig.lobby.enter()
            await rig.send("join:playlist", ["playlist_id": .string(playlist.id)], from: guest)
            _ = guest.heard()
            let fields: JSONValue = ["last_playlist_seqs": [playlist.id: .int(seen)]]
            let ack = await rig.send("sync:request", fields, from: guest)
            #expect(ack["synced_rooms"] == [.string("playlist:" + playlist.id)])
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["state:playlist", "state:playlist", "sync:complete"])
            #expect(heard.compactMap { $0.json["playlist_seq"]?.int } == [seen + 1, seen + 2])
            await rig.send("sync:request", fields, from: guest)
            #expect(guest.heard().map(\.name) == ["sync:complete"])
        }
    }

    @Test func aSyncOfAPlaylistFromElsewhere() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            let guest = rig.lobby.enter()
            await rig.send("join:playlist", ["playlist_id": .string(id)], from: guest)
            _ = guest.heard()
            await rig.send("sync:request", ["last_playlist_seqs": [id: 99]], from: guest)
            #expect(guest.heard().map(\.name) == ["sync:error", "state:playlist"])
        }
    }

    @Test func whenEventsAreLostEverybodyGetsTheWholePicture() async throws {
        try await withGateway { rig in
            let (box, gate) = (rig.server.box, Gate())
            let id = try await rig.server.playlist("Farm").id
            let guest = rig.lobby.enter()
            await rig.send("join:playlists", from: guest)
            await rig.send("join:playlist", ["playlist_id": .string(id)], from: guest)
            let seen = box.hub.currentSeq
            _ = guest.heard()
            #expect(box.hub.mark(rig.broadcaster.subscription) { await gate.wait() })
            await gate.untilWaiting()
            // Two events each: more than the queue of the broadcaster holds.
            for volume in 0..<600 { _ = try await box.setVolume(volume % 100, muted: nil) }
            let late = rig.lobby.enter()
            async let ack = rig.send("join:playlists", from: late)
            gate.open()
            #expect(await ack["success"] == true)
            try await rig.settle()
            try await rig.settle()
            let heard = guest.heard()
            let snapshots = heard.filter { $0.json["event_id"]?.string?.hasPrefix("snapshot") == true }
            #expect(snapshots.map(\.name).sorted() == ["state:player", "state:playlist", "state:playlists"])
            #expect(snapshots.last { $0.name == "state:player" }?.json["data"]?["volume"] == 99)
            #expect(late.heard().contains { $0.json["data"]?["volume"] == 99 })
            await rig.send("sync:request", ["last_global_seq": .int(seen)], from: guest)
            #expect(guest.heard().first?.name == "sync:error", "the lost ones cannot be sent again")
        }
    }

    // MARK: - Operations

    @Test func anOperationIsDoneOnce() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            let first = await rig.send("player:volume", ["volume": 33, "client_op_id": "op"], from: guest)
            let again = await rig.send("player:volume", ["volume": 44, "client_op_id": "op"], from: guest)
            #expect(first == again)
            #expect(first["data"]?["volume"] == 33)
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["ack:op", "ack:op"])
            #expect(heard.allSatisfy { $0.json == first })
            #expect(await rig.server.box.status().volume == 33)
        }
    }

    @Test func aRefusalIsTheFirstAnswerToo() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            let first = await rig.send("player:play", ["client_op_id": "op"], from: guest)
            #expect(first["error_type"] == "conflict")
            let id = try await rig.server.playlist("Farm").id
            await rig.send("player:start", ["playlist_id": .string(id)], from: guest)
            #expect(await rig.send("player:play", ["client_op_id": "op"], from: guest) == first)
            #expect(guest.heard().map(\.name) == ["err:op", "err:op"])
        }
    }

    @Test func oneOperationThroughTwoDoors() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            await rig.send("join:playlists", from: guest)
            _ = guest.heard()
            let reply = try await rig.server.post("/api/playlists", #"{"title": "Farm", "client_op_id": "make"}"#)
            #expect(reply.status == 201)
            try await rig.settle()
            let told = guest.heard()
            #expect(told.map(\.name) == ["state:playlist_created", "state:playlists", "ack:op"])
            #expect(told[2].json["client_op_id"] == "make")
            #expect(told[2].json["data"]?["id"] == reply.data["id"])

            let again = try await rig.server.post("/api/playlists", #"{"title": "Wood", "client_op_id": "make"}"#)
            #expect(again.status == 201)
            #expect(again.json == reply.json)
            let ack = await rig.send("player:play", ["client_op_id": "make"], from: guest)
            #expect(ack["data"]?["id"] == reply.data["id"])
            #expect(try await rig.server.library.playlists().count == 1)
            #expect(guest.heard().map(\.name) == ["ack:op"])
        }
    }

    @Test func whatFailedByHTTPIsToldToo() async throws {
        try await withGateway { rig in
            let guest = rig.lobby.enter()
            await rig.send("join:playlists", from: guest)
            _ = guest.heard()
            for _ in 0..<2 {
                let reply = try await rig.server.post("/api/player/next", #"{"client_op_id": "no"}"#)
                #expect(reply.status == 409)
            }
            try await rig.settle()
            let heard = guest.heard()
            #expect(heard.map(\.name) == ["err:op"], "once")
            #expect(heard[0].json["error_type"] == "conflict")
        }
    }

    @Test func deletingIsAnsweredWithNothingTwice() async throws {
        try await withGateway { rig in
            let id = try await rig.server.playlist("Farm").id
            for _ in 0..<2 {
                let reply = try await rig.server.delete("/api/playlists/\(id)?client_op_id=gone")
                #expect(reply.status == 204)
                #expect(reply.body.isEmpty)
            }
            #expect(try await rig.server.delete("/api/playlists/\(id)").status == 404)
        }
    }
}
