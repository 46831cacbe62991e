import FoundationEssentials
import MusicBoxAPI
import Testing

@testable import musicboxctl

@Suite struct WatchLogTests {
    private func envelope(_ data: some Encodable) throws -> JSONValue {
        ["data": try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(data))]
    }

    private func position(_ milliseconds: Int, _ id: String) -> JSONValue {
        ["data": ["position_ms": .int(milliseconds), "track_id": .string(id), "is_playing": true]]
    }

    @Test func saysWhatChanged() throws {
        var log = WatchLog()
        let first = log.receive("state:player", try envelope(playing("A", at: 0)))
        #expect(first == ["playing  A (1 of 3)  Lullabies  0:00 of 1:00", "volume  50 %"])
        #expect(log.receive("state:player", try envelope(playing("A", at: 200))) == [], "nothing new")
        #expect(log.receive("state:player", try envelope(playing("A", at: 200, volume: 40))) == ["volume  40 %"])
        #expect(log.receive("state:volume_changed", ["data": ["volume": 40, "muted": false]]) == [], "said already")
        #expect(
            log.receive("state:volume_changed", ["data": ["volume": 40, "muted": true]]) == ["volume  40 % (muted)"]
        )
        let paused = log.receive("state:player", try envelope(playing("A", at: 300, state: .paused, volume: 40)))
        #expect(paused == ["paused  A (1 of 3)  Lullabies  0:00 of 1:00", "volume  40 %"])
        #expect(log.receive("state:player", try envelope(playing("B", at: 0, volume: 40))).count == 1)
    }

    @Test func tellsSeekingFromPlaying() throws {
        var log = WatchLog()
        _ = log.receive("state:player", try envelope(playing("A", at: 0)))
        #expect(log.receive("state:track_position", position(20_000, "id-A")) == [])
        #expect(log.positionLine == "playing  0:20 of 1:00  A")
        #expect(log.receive("state:player", try envelope(playing("A", at: 20_200))) == [])
        #expect(log.receive("state:player", try envelope(playing("A", at: 40_000))) == ["position  0:40 of 1:00"])
        _ = log.receive("state:track_position", position(50_000, "id-other"))
        #expect(log.positionLine == "playing  0:40 of 1:00  A", "a late position of another track")
    }

    @Test func namesPlaylists() {
        var log = WatchLog()
        let library: JSONValue = ["data": ["playlists": [["id": "1", "title": "Dragons"]]]]
        #expect(log.receive("state:playlists", library) == ["library  1 playlist"])
        #expect(log.receive("state:playlists", library) == [])
        #expect(
            log.receive("nfc_tag_scanned", ["tag_id": "04", "known": true, "playlist_id": "1"]) == ["tag  04  Dragons"]
        )
        let unknown = log.receive("nfc_tag_scanned", ["tag_id": "05", "known": false])
        #expect(unknown == ["tag  05  unknown (musicboxctl bind 05 PLAYLIST)"])
        let added = log.receive(
            "state:track_added",
            ["data": ["playlist_id": "1", "track": ["title": "Roar\u{1B}[2J"]]]
        )
        #expect(added == ["playlist  Dragons  + Roar [2J"])
        #expect(log.receive("state:playlist_deleted", ["data": ["playlist_id": "1"]]) == ["playlist  Dragons  deleted"])
        #expect(log.receive("state:playlist_deleted", ["data": ["playlist_id": "1"]]) == ["playlist  1  deleted"])
    }

    @Test func saysHealthOnce() {
        var log = WatchLog()
        #expect(log.receive("health_status", ["status": "degraded"]) == ["health  degraded"])
        #expect(log.receive("health_status", ["status": "degraded"]) == [])
        #expect(
            log.receive("health_error", ["component": "audio", "error": "unplugged"]) == ["health  audio: unplugged"]
        )
    }

    @Test(
        "A newer or broken server does not stop the watching",
        arguments: [
            "state:player", "state:track_position", "state:playlists", "nfc_tag_scanned", "health_status", "brand:new",
        ]
    )
    func shrugsAtStrangePayloads(_ name: String) {
        var log = WatchLog()
        for payload: JSONValue in [.null, 1, [], "x", ["data": 5], ["data": ["volume": "loud"]]] {
            _ = log.receive(name, payload)
        }
        #expect(log.player == nil)
    }
}
