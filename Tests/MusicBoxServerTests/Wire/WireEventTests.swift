import FoundationEssentials
import MusicBoxAPI
import MusicLibrary
import NFC
import NIOCore
import Testing

@testable import MusicBox
@testable import MusicBoxServer

/// What the box says, as the wire contract, section 4, wants it.
@Suite struct WireEventTests {
    private let track = MusicLibrary::Track(
        id: "t",
        playlistID: "p",
        number: 1,
        title: "Tune",
        filename: "tune.mp3",
        filePath: "p/tune.mp3",
        durationMs: nil,
        artist: nil,
        album: nil,
        fileHash: nil,
        fileSize: 1,
        playCount: 0,
        createdAt: Date(timeIntervalSince1970: 0),
        updatedAt: Date(timeIntervalSince1970: 0),
        coverPath: nil
    )

    private var summary: PlaylistSummary {
        PlaylistSummary(
            id: "p",
            title: "Farm",
            description: "",
            tags: [],
            trackCount: 1,
            totalDurationMs: 0,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0),
            playlistSeq: 9
        )
    }

    private var playlist: MusicLibrary::Playlist { MusicLibrary::Playlist(summary: summary, tracks: [track]) }

    private func wire(_ event: BoxEvent) throws -> [(event: WireEvent, json: JSONValue)] {
        let sequenced = SequencedEvent(event: event, serverSeq: 42, timestampMs: 1_700_000_000_000, eventID: "r-7")
        return try WireEvent.events(for: sequenced).map {
            ($0, try JSONDecoder().decode(JSONValue.self, from: Data($0.json.readableBytesView)))
        }
    }

    /// The only event, after a look at its envelope.
    private func state(
        _ event: BoxEvent,
        name: String,
        rooms: [String] = ["playlists"],
        extra: Set<String> = [],
        isVolatile: Bool = false
    ) throws -> JSONValue {
        let all = try wire(event)
        try #require(all.count == 1)
        #expect(all[0].event.name == name)
        #expect(all[0].event.rooms == rooms)
        #expect(all[0].event.isVolatile == isVolatile)
        let json = all[0].json
        #expect(json.keys == WireKeys.envelope.union(extra))
        #expect(json["event_type"]?.string == name)
        #expect(json["server_seq"] == 42)
        #expect(json["timestamp"] == 1_700_000_000_000)
        #expect(json["event_id"] == "r-7")
        return try #require(json["data"])
    }

    @Test(
        "the player, in each of its states",
        arguments: [
            (PlayerMachine.State.stopped(atEnd: false), "stopped"), (.stopped(atEnd: true), "stopped"),
            (.loading, "loading"), (.playing, "playing"), (.paused(byTag: true), "paused"), (.failed, "error"),
        ]
    )
    func player(mode: PlayerMachine.State, name: String) throws {
        var machine = PlayerMachine(mediaDirectory: "/m", volume: 50, muted: true, maxVolume: 100)
        machine.restore(playlist, index: 0, positionMs: 5)
        var snapshot = machine.snapshot(heard: nil)
        snapshot.state = mode
        let data = try state(.player(snapshot), name: "state:player")
        #expect(data.keys == WireKeys.player)
        #expect(data["state"]?.string == name)
        #expect(data["is_playing"]?.bool == (name == "playing"))
        #expect(data["server_seq"] == 42)
        #expect(data["position_ms"] == 5)
        #expect(data["muted"] == true)
        #expect(data["active_track"]?.keys == WireKeys.track)
        #expect(data["duration_ms"] == .null)
    }

    @Test func thePlayersMistakeIsTold() throws {
        var machine = PlayerMachine(mediaDirectory: "/m", volume: 50, muted: true, maxVolume: 100)
        _ = machine.report("cannot play tune.mp3")
        let data = try state(.player(machine.snapshot(heard: nil)), name: "state:player")
        #expect(data.keys == WireKeys.player.union(["error_message"]))
        #expect(data["error_message"] == "cannot play tune.mp3")
    }

    @Test("positions are volatile, and carry the duration where it is known", arguments: [nil, 60_000])
    func position(durationMs: Int?) throws {
        let update = PositionUpdate(
            trackID: durationMs.map { _ in "t" },
            positionMs: 5,
            durationMs: durationMs,
            isPlaying: true
        )
        let data = try state(.position(update), name: "state:track_position", isVolatile: true)
        let keys: Set<String> = ["position_ms", "track_id", "is_playing"]
        #expect(data.keys == (durationMs == nil ? keys : keys.union(["duration_ms"])))
        #expect(data["position_ms"] == 5)
        #expect(data["is_playing"] == true)
    }

    @Test func volume() throws {
        let data = try state(.volume(30, muted: false), name: "state:volume_changed")
        #expect(data == .object(["volume": 30, "muted": false]))
    }

    @Test func theListOfPlaylists() throws {
        let data = try state(.playlists([summary, summary]), name: "state:playlists")
        #expect(data.keys == ["playlists"])
        #expect(data["playlists"]?.array?.map(\.keys) == [WireKeys.playlistLite, WireKeys.playlistLite])
    }

    @Test func aPlaylistIsMade() throws {
        let data = try state(
            .playlistCreated(playlist),
            name: "state:playlist_created",
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data.keys == ["playlist_id", "playlist", "operation"])
        #expect(data["operation"] == "create")
        #expect(data["playlist"]?.keys == WireKeys.playlistLite)
    }

    @Test func aPlaylistIsDeleted() throws {
        let data = try state(.playlistDeleted(id: "p"), name: "state:playlist_deleted", extra: ["playlist_id"])
        #expect(data == .object(["playlist_id": "p", "operation": "delete"]))
    }

    @Test func anEditIsToldInBothRooms() throws {
        let all = try wire(.playlistUpdated(playlist))
        #expect(all.map(\.event.name) == ["state:playlist_updated", "state:playlist"])
        #expect(all.map(\.event.rooms) == [["playlists"], ["playlist:p"]])
        #expect(Set(all.compactMap { $0.json["event_id"]?.string }).count == 2, "every event has an id of its own")
        for (_, json) in all {
            #expect(json.keys == WireKeys.envelope.union(["playlist_id", "playlist_seq"]))
            #expect(json["playlist_id"] == "p")
            #expect(json["playlist_seq"] == 9)
            #expect(json["server_seq"] == 42)
        }
        #expect(all[0].json["data"]?["operation"] == "update")
        #expect(all[1].json["data"]?.keys == WireKeys.playlist)
    }

    @Test func aTrackIsAdded() throws {
        let data = try state(
            .trackAdded(track, playlistSeq: 9),
            name: "state:track_added",
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data.keys == ["playlist_id", "track"])
        #expect(data["track"]?.keys == WireKeys.track)
        #expect(data["playlist_id"] == "p")
    }

    @Test("a tap goes to those who wait for tags, flat", arguments: [nil, "p"])
    func tap(playlistID: String?) throws {
        let all = try wire(.tagScanned(TagID("04a1b2c3")!, playlistID: playlistID))
        #expect(all.map(\.event.name) == ["nfc_tag_scanned"])
        #expect(all.map(\.event.rooms) == [["nfc"]])
        let keys: Set<String> = ["tag_id", "known"]
        #expect(all[0].json.keys == (playlistID == nil ? keys : keys.union(["playlist_id"])))
        #expect(all[0].json["tag_id"] == "04a1b2c3")
        #expect(all[0].json["known"]?.bool == (playlistID != nil))
    }

    @Test func healthIsFlat() throws {
        var report = HealthReport()
        report[.audio] = .degraded("no card: plug one in")
        let all = try wire(.health(report))
        #expect(all.map(\.event.name) == ["health_status"])
        #expect(all.map(\.event.rooms) == [["playlists"]])
        #expect(all[0].json.keys == ["status", "components", "timestamp"])
        #expect(all[0].json["status"] == "degraded")
        #expect(all[0].json["components"]?["audio"]?["message"] == "no card: plug one in")
    }
}
