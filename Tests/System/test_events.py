"""The events of the wire contract, as phones get them."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import websocket

from box import Box
from phone import Phone
from pulse import Pulse

Music = Callable[..., Path]

PLAYER_FIELDS = {
    # fmt: off
    "is_playing", "state", "active_playlist_id", "active_playlist_title", "active_track_id", "active_track",
    "active_track_number", "active_track_title", "position_ms", "duration_ms", "track_index", "track_count", "can_prev",
    "can_next", "volume", "muted", "sleep", "server_seq",
    # fmt: on
}
TRACK_FIELDS = {
    # fmt: off
    "id", "number", "track_number", "title", "filename", "file_path", "duration_ms", "duration", "artist", "album",
    "file_hash", "file_size", "play_count", "created_at", "updated_at", "server_seq",
    # fmt: on
}
LITE_FIELDS = {
    # fmt: off
    "id", "title", "description", "nfc_tag_id", "nfc_tag_ids", "track_count", "total_duration_ms", "created_at",
    "updated_at", "server_seq", "playlist_seq",
    # fmt: on
}
ENVELOPE_FIELDS = {"event_type", "server_seq", "data", "timestamp", "event_id"}


@pytest.fixture(scope="module")
def playlist(box: Box, music: Music) -> str:
    return box.playlist("events", [music(100, 20), music(101, 20), music(102, 20)], "04e7e7e7")


@pytest.fixture(autouse=True)
def silence(box: Box):
    yield
    # Refused when nothing plays. Asked before, it could have changed: what is loading plays a moment later.
    box.request("POST", "/player/stop", {})


def test_a_phone_is_greeted_and_gets_snapshots(box: Box, playlist: str) -> None:
    with Phone(box.url) as phone:
        greeting = phone.heard("connection_status")[0].payload
        assert greeting["status"] == "connected"
        assert greeting["sid"]
        assert isinstance(greeting["server_seq"], int) and isinstance(greeting["server_time"], int)
        mark = phone.now
        ack = phone.join("playlists")
        assert (ack["room"], ack["success"]) == ("playlists", True)
        assert isinstance(ack["server_seq"], int)
        names = [event.name for event in phone.events[mark:]]
        assert names.index("state:playlists") < names.index("ack:join"), "snapshots come before the ack"
        assert names.index("state:player") < names.index("ack:join")
        lists = phone.heard("state:playlists", mark)[0]
        assert ENVELOPE_FIELDS <= lists.payload.keys()
        mine = next(p for p in lists.data["playlists"] if p["id"] == playlist)
        assert LITE_FIELDS <= mine.keys()
        assert (mine["nfc_tag_id"], mine["nfc_tag_ids"]) == ("04e7e7e7", ["04e7e7e7"])
        assert mine["track_count"] >= 3
        assert PLAYER_FIELDS <= phone.heard("state:player", mark)[0].data.keys()


def test_the_room_of_one_playlist(box: Box, playlist: str, music: Music) -> None:
    with Phone(box.url) as phone:
        ack = phone.join("playlist", playlist_id=playlist)
        assert ack["success"] is True
        assert ack["playlist_seq"] == box.get(f"/playlists/{playlist}")["playlist_seq"]
        snapshot = phone.heard("state:playlist")[0]
        assert snapshot.payload["playlist_id"] == playlist
        assert [t["number"] for t in snapshot.data["tracks"]] == [1, 2, 3]
        assert TRACK_FIELDS <= snapshot.data["tracks"][0].keys()
        mark = phone.now
        box.upload(playlist, music(103, 1))
        changed = phone.wait_for("state:playlist", since=mark)
        assert [t["number"] for t in changed.data["tracks"]] == [1, 2, 3, 4]
        assert changed.payload["playlist_seq"] > snapshot.payload["playlist_seq"]
        assert phone.join("playlist", playlist_id="no-such-playlist")["success"] is False


def test_who_left_hears_no_more(box: Box, playlist: str) -> None:
    with Phone(box.url, "playlists") as stays, Phone(box.url, "playlists") as leaves:
        leaves.emit("leave:playlists")
        assert leaves.wait_for("ack:leave").payload["success"] is True
        mark, other = stays.now, leaves.now
        box.post("/player/volume", {"volume": 61})
        stays.wait_for("state:volume_changed", lambda e: e["data"]["volume"] == 61, mark)
        # Answered in order behind anything that would have come before it.
        leaves.emit("client_ping", {"timestamp": 7})
        leaves.wait_for("client_pong", since=other)
        assert not leaves.heard("state:volume_changed", other)
        box.post("/player/volume", {"volume": 100})


def test_every_change_is_told_whoever_caused_it(box: Box, playlist: str) -> None:
    with Phone(box.url, "playlists") as phone:

        def told(deed: Callable[[], object], **fields: object) -> None:
            mark = phone.now
            deed()
            phone.wait_player(mark, **fields)

        told(lambda: box.post(f"/playlists/{playlist}/start"), is_playing=True, track_index=0)
        told(lambda: box.post("/player/pause"), state="paused")
        told(lambda: phone.call("player:play"), is_playing=True)
        told(lambda: phone.call("player:next"), track_index=1)
        told(lambda: box.post("/player/previous"), track_index=0)
        told(lambda: phone.call("player:volume", {"volume": 42}), volume=42)
        told(lambda: box.post("/player/volume", {"volume": 100}), volume=100)
        told(lambda: box.post("/player/volume", {"volume": 100, "muted": True}), muted=True)
        told(lambda: box.post("/player/volume", {"volume": 100, "muted": False}), muted=False)
        told(lambda: phone.call("player:toggle"), state="paused")
        told(lambda: box.post("/player/toggle"), is_playing=True)
        told(lambda: phone.call("player:stop"), state="stopped")
        told(lambda: box.tap("04e7e7e7"), is_playing=True, active_playlist_id=playlist)
        told(lambda: phone.call("player:start", {"playlist_id": playlist, "track_number": 3}), track_index=2)
        mark = phone.now
        assert phone.call("player:seek", {"position_ms": 15_000})["status"] == "success"
        phone.wait_for("state:player", lambda e: 14_900 <= e["data"]["position_ms"] <= 16_500, mark)
        box.lift()


def test_sequence_numbers_grow_also_over_a_restart(
    make_box: Callable[..., Box], card: Pulse, music: Music
) -> None:
    box = make_box(environment=card.environment).start()
    playlist = box.playlist("sequence", [music(101, 20)])
    sequences: list[int] = []
    identities: list[str] = []

    def live() -> None:
        with Phone(box.url, "playlists") as phone:
            mark = phone.now
            box.post(f"/playlists/{playlist}/start")
            box.post("/player/pause")
            box.post("/player/volume", {"volume": 50})
            box.post("/playlists", {"title": "one more"})
            box.post("/player/stop")
            phone.wait_player(mark, state="stopped")
            states = [e for e in phone.events[mark:] if e.name.startswith("state:")]
            identities.extend(e.payload["event_id"] for e in states)
            changes = [e.payload["server_seq"] for e in states if e.name != "state:track_position"]
            assert all(a < b for a, b in itertools.pairwise(changes)), changes
            sequences.extend(changes)

    live()
    box.restart()
    live()
    box.kill9()
    box.start()
    live()
    assert all(a < b for a, b in itertools.pairwise(sequences)), sequences
    assert len(set(identities)) == len(identities)


def test_all_phones_get_the_same(box: Box, playlist: str) -> None:
    with Phone(box.url, "playlists") as one, Phone(box.url, "playlists") as two:
        marks = one.now, two.now
        box.post(f"/playlists/{playlist}/start")
        for phone, mark in zip((one, two), marks):
            phone.wait_player(mark, is_playing=True)
        box.post("/player/stop")
        first, second = (
            [e.payload for e in phone.events[mark : phone.wait_player(mark, state="stopped").index + 1]]
            for phone, mark in zip((one, two), marks)
        )
        lasting = [
            {e["event_id"]: e for e in events if e.get("event_type") != "state:track_position" and "event_id" in e}
            for events in (first, second)
        ]
        assert lasting[0] == lasting[1]



@pytest.mark.parametrize(
    "event", ["player:play", "player:pause", "player:toggle", "player:stop", "player:next", "player:previous"]
)
def test_player_events_are_acknowledged(event: str, box: Box, playlist: str) -> None:
    box.post(f"/playlists/{playlist}/play/2")
    with Phone(box.url) as phone:
        answer = phone.call(event, {"client_op_id": f"op-{event.replace(':', '-')}"})
        assert answer["status"] == "success"


@pytest.mark.parametrize(
    ("event", "payload", "error"),
    [
        ("player:seek", {}, "validation_error"),
        ("player:seek", {"position_ms": -1}, "validation_error"),
        ("player:seek", {"position_ms": "far"}, "validation_error"),
        ("player:volume", {"volume": 101}, "validation_error"),
        ("player:volume", {"volume": None}, "validation_error"),
        ("player:start", {"playlist_id": "no-such-playlist"}, "not_found"),
        ("player:start", {}, "validation_error"),
        ("no:such:event", {}, None),
    ],
)
def test_what_cannot_be_done_is_answered(event: str, payload: dict, error: str | None, box: Box, playlist: str) -> None:
    box.post(f"/playlists/{playlist}/start")
    with Phone(box.url) as phone:
        answer = phone.call(event, payload)
        assert answer["status"] == "error"
        assert answer["message"]
        if error:
            assert answer["error_type"] == error


def test_errors_reach_a_caller_that_wants_no_ack(box: Box) -> None:
    with Phone(box.url) as phone:
        phone.emit("player:volume", {"volume": 1_000, "client_op_id": "too-loud"})
        error = phone.wait_for("err:op").payload
        assert (error["client_op_id"], error["success"]) == ("too-loud", False)
        assert error["message"] and error["error_type"] == "validation_error"
        phone.emit("player:volume", {"volume": 100, "client_op_id": "just-right"})
        assert phone.wait_for("ack:op").payload["client_op_id"] == "just-right"



def test_ping_state_and_health(box: Box) -> None:
    with Phone(box.url) as phone:
        phone.emit("client_ping", {"timestamp": 1_234})
        pong = phone.wait_for("client_pong").payload
        assert pong["timestamp"] == 1_234
        assert isinstance(pong["server_time"], int) and isinstance(pong["server_seq"], int)
        phone.emit("client:request_current_state", {"requestId": "whatever", "extra": [1]})
        assert PLAYER_FIELDS <= phone.wait_for("state:player").data.keys()
        phone.emit("health_check")
        health = phone.wait_for("health_status").payload
        assert health["status"] in ("healthy", "degraded", "unhealthy")
        assert {"database", "audio", "nfc", "storage"} <= health["components"].keys()




@pytest.mark.parametrize("frame", ["", "4", "42", "42[", '42["player:volume"]', '42{"a":1}', "9", "\x00", "42[null]"])
def test_hostile_frames_hurt_nobody_else(frame: str, box: Box) -> None:
    with Phone(box.url, "playlists") as good:
        bad = websocket.create_connection(
            box.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=30
        )
        try:
            bad.recv()
            bad.send("40")
            bad.recv()
            bad.send(frame)
        finally:
            bad.close()
        mark = good.now
        good.emit("client_ping", {"timestamp": 1})
        good.wait_for("client_pong", since=mark)
