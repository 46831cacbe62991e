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
        var encoder = WireEncoder()
        return try encoder.events(for: sequenced).map {
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
        #expect(all[0].event.replaySeq == (isVolatile ? nil : 42))
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
        let data = try state(
            .playlistDeleted(id: "p"),
            name: "state:playlist_deleted",
            rooms: ["playlists", "playlist:p"],
            extra: ["playlist_id"]
        )
        #expect(data == .object(["playlist_id": "p", "operation": "delete"]))
    }

    @Test func aPlaylistIsEdited() throws {
        let data = try state(
            .playlistUpdated(summary),
            name: "state:playlist_updated",
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data.keys == ["playlist_id", "playlist", "operation"])
        #expect(data["operation"] == "update")
    }

    @Test func aPlaylistWithItsTracks() throws {
        let data = try state(
            .playlist(playlist),
            name: "state:playlist",
            rooms: ["playlist:p"],
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data.keys == WireKeys.playlist)
    }

    @Test func aTrackIsEdited() throws {
        let data = try state(
            .trackChanged(track, playlistSeq: 9),
            name: "state:track",
            rooms: ["playlist:p"],
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data.keys == WireKeys.track)
    }

    @Test func tracksAreDeleted() throws {
        let data = try state(
            .tracksDeleted(playlistID: "p", numbers: [2, 3], ids: ["a", "b"], playlistSeq: 9),
            name: "state:track_deleted",
            extra: ["playlist_id", "playlist_seq"]
        )
        #expect(data == ["playlist_id": "p", "track_numbers": [2, 3], "track_ids": ["a", "b"]])
    }

    @Test func whatDidNotChangeIsEncodedOnce() throws {
        var encoder = PlaylistListEncoder()
        func seqs(_ list: [PlaylistSummary], _ seq: Int) throws -> [Int?] {
            let data = Data(try encoder.data(list, serverSeq: seq).readableBytesView)
            let playlists = try JSONDecoder().decode(JSONValue.self, from: data)["playlists"]
            return playlists?.array?.map { $0["server_seq"]?.int } ?? []
        }
        var other = summary
        other.id = "q"
        #expect(try seqs([summary, other], 1) == [1, 1])
        other.playlistSeq += 1
        #expect(try seqs([summary, other], 2) == [1, 2])
        #expect(try seqs([other], 3) == [2])
        #expect(try seqs([], 4) == [])
        #expect(try seqs([summary], 5) == [5], "forgotten when it was gone")
    }

    @Test(
        "association sessions, in all their states",
        arguments: [
            (AssociationSession.State.listening, "listening", "waiting"),
            (.duplicate(TagID("04a1b2c3")!, of: .init(id: "w", title: "Wood")), "duplicate", "duplicate"),
            (.success(TagID("04a1b2c3")!), "success", "success"), (.stopped, "stopped", "cancelled"),
            (.timeout, "timeout", "timeout"), (.failed(nil, message: "no"), "error", "error"),
        ]
    )
    func association(state: AssociationSession.State, status: String, news: String) throws {
        var session = AssociationSession(
            id: "s",
            playlistID: "p",
            playlistTitle: "Farm",
            startedMs: 1_700_000_000_000,
            timeout: .seconds(60),
            deadline: .now
        )
        session.state = state
        let all = try wire(.association(session))
        #expect(all.map(\.event.name) == ["nfc_status", "nfc_association_state"])
        #expect(all.map(\.event.audience) == [.rooms(["nfc"]), .everyone])
        #expect(all.map(\.event.replaySeq) == [42, nil])
        let (first, second) = (all[0].json, all[1].json)
        #expect(first["state"]?.string == status)
        #expect(second["state"]?.string == news)
        #expect(first["started_at"] == "2023-11-14T22:13:20Z")
        #expect(first["timeout_at"] == "2023-11-14T22:14:20Z")
        #expect(second["expires_at"]?.int == 1_700_000_060)
        #expect(second["message"]?.string?.isEmpty == false)
        #expect(first["tag_id"] == second["tag_id"])
        #expect(first["conflict_playlist_id"] == second["existing_playlist"]?["id"])
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
        let all = try wire(.health(report, changed: .audio))
        #expect(all.map(\.event.name) == ["health_status", "health_error"])
        #expect(all.map(\.event.rooms) == [["playlists"], ["playlists"]])
        #expect(all[1].json.keys == ["error", "component", "timestamp"])
        #expect(all[1].json["component"] == "audio")
        #expect(all[1].json["error"] == "no card: plug one in")
        #expect(try wire(.health(report, changed: .nfc)).map(\.event.name) == ["health_status"], "one that returned")
        #expect(all[0].json.keys == ["status", "components", "timestamp"])
        #expect(all[0].json["status"] == "degraded")
        #expect(all[0].json["components"]?["audio"]?["message"] == "no card: plug one in")
    }
}
