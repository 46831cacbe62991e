"""Each row of the tables of events in the wire contract, with a test of its own. What a row promises in full (positions, replay,
association sessions, uploads, downloads) has files of its own besides; here no row is without one."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import asyncapi
import media
from box import Box
from phone import Heard, Phone
from webserver import WebServer

Music = Callable[..., Path]
TAG, STRANGER = "04c0ffe1", "04c0ffe2"
YT_DLP = Path(sys.executable).parent / "yt-dlp"
ROWS: set[str] = set()


def row(*names: str) -> Callable[[Any], Any]:
    """Marks the test of a row, or of rows that only make sense together."""
    ROWS.update(names)
    return lambda test: test


READER = """import os, sys, threading, time
flag = sys.argv[1]
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
works = None
while True:
    now = not os.path.exists(flag)
    if now != works:
        print("ready test reader" if now else "error missing it was pulled out", flush=True)
        works = now
    print("alive", flush=True)
    time.sleep(0.1)
"""


class Furnished:
    """A box with music, a tag, and a reader that a test can pull out."""

    def __init__(self, box: Box, playlist: str, unplugged: Path, web: WebServer):
        self.box, self.playlist, self.unplugged, self.web = box, playlist, unplugged, web


@pytest.fixture(scope="module")
def home(music: Music, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    directory = tmp_path_factory.mktemp("rows")
    (directory / "reader.py").write_text(READER)
    unplugged = directory / "unplugged"
    media.encode(directory / "song.mp3", media.melody(301, 2), "mp3-cbr", {"title": "From the web"})
    config = {
        "audio": {"device": "silent"},
        "nfc": {"command": f"{sys.executable} {directory / 'reader.py'} {unplugged}"},
        "youtube": {"program": str(YT_DLP)},
    }
    with WebServer(directory) as web, Box(config) as box:
        playlist = box.playlist("Rows", [music(150, 30), music(151, 30), music(152, 30)], TAG)
        box.wait_component("nfc", "healthy")
        yield Furnished(box, playlist, unplugged, web)


@pytest.fixture
def box(home: Furnished) -> Iterator[Box]:
    yield home.box
    if home.box.player["state"] in ("playing", "paused", "loading"):
        home.box.post("/player/stop")
    home.box.request("POST", "/nfc/remove")


@pytest.fixture
def phone(box: Box) -> Iterator[Phone]:
    with Phone(box.url, "playlists", "nfc") as phone:
        yield phone


@pytest.fixture
def fresh(box: Box) -> Iterator[dict[str, Any]]:
    """A playlist that a test may spoil."""
    made = box.post("/playlists", {"title": "Fresh"})
    yield made
    box.request("DELETE", f"/playlists/{made['id']}")


def operation(name: str) -> str:
    """A `client_op_id` that is new also when a test is run again: the box does each but once."""
    return f"{name}-{secrets.token_hex(4)}"


def names(events: list[Heard]) -> list[str]:
    return [event.name for event in events]


def played(box: Box, home: Furnished, number: int = 1) -> None:
    box.post(f"/playlists/{home.playlist}/play/{number}")
    box.wait_player("playing", is_playing=True, active_track_number=number)


# Client -> server


@row("join:playlists", "ack:join")
def test_join_playlists(box: Box) -> None:
    with Phone(box.url) as phone:
        mark = phone.now
        phone.emit("join:playlists")
        acknowledgement = phone.wait_for("ack:join", since=mark)
        assert names(phone.events[mark : acknowledgement.index]) == ["state:playlists", "state:player"]
        assert (acknowledgement.payload["room"], acknowledgement.payload["success"]) == ("playlists", True)
        assert acknowledgement.payload["server_seq"] == phone.events[mark].payload["server_seq"]


@row("join:playlist")
def test_join_playlist(box: Box, home: Furnished) -> None:
    with Phone(box.url) as phone:
        acknowledgement = phone.join("playlist", playlist_id=home.playlist)
        snapshot = phone.heard("state:playlist")[0]
        assert acknowledgement["success"] and acknowledgement["playlist_id"] == home.playlist
        assert acknowledgement["playlist_seq"] == snapshot.payload["playlist_seq"] == snapshot.data["playlist_seq"]
        refused = phone.join("playlist", playlist_id="no-such-playlist")
        assert not refused["success"] and refused["message"]
        assert phone.call("join:playlist", {})["error_type"] == "validation_error"


@row("join:nfc")
def test_join_nfc(box: Box, fresh: dict[str, Any]) -> None:
    session = box.post("/nfc/scan", {"playlist_id": fresh["id"]})["assoc_id"]
    with Phone(box.url) as phone:
        mark = phone.now
        phone.emit("join:nfc", {"assoc_id": session})
        acknowledgement = phone.wait_for("ack:join", since=mark)
        assert acknowledgement.payload["room"] == "nfc" and acknowledgement.payload["success"]
        sent = phone.events[mark : acknowledgement.index]
        assert [(e.name, e.payload["assoc_id"], e.payload["state"]) for e in sent] == [("nfc_status", session, "listening")]


@row("leave:playlists", "ack:leave")
def test_leave_playlists(box: Box, phone: Phone) -> None:
    phone.emit("leave:playlists")
    left = phone.wait_for("ack:leave").payload
    assert (left["room"], left["success"]) == ("playlists", True) and isinstance(left["server_seq"], int)
    expect_silence(box, phone)


@row("leave:playlist")
def test_leave_playlist(box: Box, home: Furnished) -> None:
    with Phone(box.url) as phone:
        phone.join("playlist", playlist_id=home.playlist)
        phone.emit("leave:playlist", {"playlist_id": home.playlist})
        left = phone.wait_for("ack:leave").payload
        assert left["success"] and left["playlist_id"] == home.playlist
        expect_silence(box, phone, lambda: box.ask("PUT", f"/playlists/{home.playlist}", {"description": "left"}))


@row("leave:nfc")
def test_leave_nfc(box: Box, phone: Phone) -> None:
    phone.emit("leave:nfc")
    assert phone.wait_for("ack:leave").payload["room"] == "nfc"
    mark = phone.now
    box.tap(STRANGER)
    hear_all(phone)
    assert not phone.heard("nfc_tag_scanned", mark)


def hear_all(phone: Phone) -> int:
    """Until the phone has heard all that the box told of what happened so far; a mark. Who leaves a room gets an answer in
    the order of the events, which a pong may overtake."""
    mark = phone.now
    phone.emit("leave:playlist", {"playlist_id": "no-such-playlist"})
    return phone.wait_for("ack:leave", since=mark).index


def expect_silence(box: Box, phone: Phone, deed: Callable[[], Any] | None = None) -> None:
    """Nothing of a change reaches the phone before the answer to what it asks afterwards."""
    mark = phone.now
    (deed or (lambda: box.post("/player/volume", {"volume": 33})))()
    assert not [name for name in names(phone.events[mark : hear_all(phone)]) if name.startswith("state:")]


@row("start_nfc_link")
@pytest.mark.parametrize(("field", "value"), [("timeout_s", 30), ("timeout_ms", 30_000), ("timeout", 30)])
def test_start_nfc_link(phone: Phone, fresh: dict[str, Any], field: str, value: int) -> None:
    mark = phone.now
    name = operation(f"start-{field}")
    answer = phone.call("start_nfc_link", {"playlist_id": fresh["id"], field: value, "client_op_id": name})
    assert answer["status"] == "success" and answer["client_op_id"] == name
    status = phone.wait_for("nfc_status", since=mark).payload
    assert (status["state"], status["playlist_id"]) == ("listening", fresh["id"])
    assert status["assoc_id"] == answer["data"]["assoc_id"]
    news = phone.wait_for("nfc_association_state", since=mark).payload
    started = status["started_at"].replace("Z", "+00:00")
    assert abs(news["expires_at"] - datetime.fromisoformat(started).timestamp() - 30) < 1.5
    assert phone.call("start_nfc_link", {"playlist_id": "no-such-playlist"})["error_type"] == "not_found"


@row("stop_nfc_link")
@pytest.mark.parametrize("by", ["assoc_id", "playlist_id"])
def test_stop_nfc_link(phone: Phone, fresh: dict[str, Any], by: str) -> None:
    session = phone.call("start_nfc_link", {"playlist_id": fresh["id"]})["data"]
    assert phone.call("stop_nfc_link", {by: session[by]})["status"] == "success"
    phone.wait_for("nfc_status", lambda e: (e["assoc_id"], e["state"]) == (session["assoc_id"], "stopped"))
    assert phone.call("stop_nfc_link", {by: session[by]})["status"] == "error", "it has ended"


@row("override_nfc_tag")
def test_override_nfc_tag(box: Box, phone: Phone, home: Furnished, fresh: dict[str, Any]) -> None:
    box.bind("04c0ffe3", home.playlist)
    moved = phone.call("override_nfc_tag", {"tag_id": "04c0ffe3", "playlist_id": fresh["id"], "force": True})
    assert moved["status"] == "success" and moved["data"]["previous_playlist_id"] == home.playlist
    assert box.get("/playlists/nfc/04c0ffe3")["id"] == fresh["id"]
    assert phone.call("override_nfc_tag", {"tag_id": "no tag", "playlist_id": fresh["id"]})["status"] == "error"


@row("sync:request", "sync:complete")
def test_sync_request(box: Box, phone: Phone) -> None:
    last = phone.heard("ack:join")[0].payload["server_seq"]
    with Phone(box.url, "playlists") as other:
        mark = other.now
        box.post("/player/volume", {"volume": 21})
        box.post("/player/volume", {"volume": 22})
        told = other.wait_player(mark, volume=22)
        changes = [e.payload["event_id"] for e in other.events[mark : told.index + 1] if e.name.startswith("state:")]
    with Phone(box.url, "playlists") as back:
        mark = back.now
        back.emit("sync:request", {"last_global_seq": last})
        complete = back.wait_for("sync:complete", since=mark)
        sent = [e.payload["event_id"] for e in back.events[mark : complete.index]]
        assert sent[-len(changes) :] == changes
        assert complete.payload["synced_rooms"] == ["playlists"]
        assert complete.payload["server_seq"] == complete.payload["current_global_seq"]


@row("sync:error")
def test_sync_error_and_then_snapshots_of_the_room(box: Box, phone: Phone, fresh: dict[str, Any]) -> None:
    session = phone.call("start_nfc_link", {"playlist_id": fresh["id"]})["data"]["assoc_id"]
    mark = phone.now
    phone.emit("sync:request", {"last_global_seq": 0, "requested_rooms": ["nfc", "playlists"]})
    error = phone.wait_for("sync:error", since=mark)
    assert error.payload["requested_rooms"] == ["nfc", "playlists"] and error.payload["error"]
    phone.emit("client_ping")
    pong = phone.wait_for("client_pong", since=error.index)
    follow = phone.events[error.index + 1 : pong.index]
    assert names(follow) == ["nfc_status", "state:playlists", "state:player"], "in the order of the request"
    assert (follow[0].payload["assoc_id"], follow[0].payload["state"]) == (session, "listening")
    assert {e.payload["server_seq"] for e in follow} == {error.payload["server_seq"]}


@row("client:request_current_state")
def test_client_request_current_state(box: Box) -> None:
    with Phone(box.url) as phone:
        phone.emit("client:request_current_state", {"requestId": 1, "whatever": [True]})
        state = phone.wait_for("state:player")
        assert state.data["server_seq"] == state.payload["server_seq"]


@row("client_ping", "client_pong")
def test_client_ping(box: Box) -> None:
    with Phone(box.url) as phone:
        for timestamp in (1_234, 1.5, "as it came"):
            mark = phone.now
            phone.emit("client_ping", {"timestamp": timestamp})
            pong = phone.wait_for("client_pong", since=mark).payload
            assert pong["timestamp"] == timestamp and pong["server_seq"] >= 0 and pong["server_time"] > 1 << 40
        phone.emit("client_ping")
        phone.wait_for("client_pong", lambda e: "timestamp" not in e or e["timestamp"] is None, mark)


@row("health_check", "health_status")
def test_health_check(box: Box) -> None:
    with Phone(box.url) as phone:
        phone.emit("health_check")
        health = phone.wait_for("health_status").payload
        assert health["components"].keys() == {"database", "audio", "nfc", "storage"}
        assert health["components"] == box.health["components"]


@row("health_error")
def test_health_error_is_pushed_when_a_part_fails_and_the_status_when_it_returns(
    box: Box, phone: Phone, home: Furnished
) -> None:
    with Phone(box.url) as outside:
        mark = phone.now
        home.unplugged.touch()
        try:
            error = phone.wait_for("health_error", lambda e: e["component"] == "nfc", mark)
            assert "pulled out" in error.payload["error"]
            before = phone.wait_for("health_status", lambda e: e["components"]["nfc"]["status"] == "degraded", mark)
            assert before.payload["timestamp"] == error.payload["timestamp"]
        finally:
            home.unplugged.unlink()
        back = phone.now
        phone.wait_for("health_status", lambda e: e["components"]["nfc"]["status"] == "healthy", error.index)
        assert not phone.heard("health_error", back)
        assert not outside.heard("health_error") + outside.heard("health_status"), "only the room is told"


@row("player:play", "player:pause", "player:toggle", "player:stop")
@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        ("player:play", "paused", "playing"),
        ("player:pause", "playing", "paused"),
        ("player:toggle", "playing", "paused"),
        ("player:toggle", "paused", "playing"),
        ("player:stop", "playing", "stopped"),
        ("player:stop", "paused", "stopped"),
    ],
)
def test_player_event(box: Box, phone: Phone, home: Furnished, event: str, before: str, after: str) -> None:
    played(box, home)
    if before == "paused":
        mark = phone.now
        box.post("/player/pause")
        # The phone too: else what it hears late of the start could be taken for the answer.
        phone.wait_player(mark, state="paused")
    mark = phone.now
    name = operation(f"{event.replace(':', '-')}-{before}")
    answer = phone.call(event, {"client_op_id": name})
    assert (answer["status"], answer["client_op_id"]) == ("success", name)
    phone.wait_player(mark, state=after)


@row("player:next", "player:previous")
def test_player_next_and_previous(box: Box, phone: Phone, home: Furnished) -> None:
    played(box, home)
    mark = phone.now
    assert phone.call("player:next")["status"] == "success"
    phone.wait_player(mark, track_index=1)
    mark = phone.now
    assert phone.call("player:previous")["status"] == "success"
    phone.wait_player(mark, track_index=0)


@row("player:seek")
def test_player_seek(box: Box, phone: Phone, home: Furnished) -> None:
    played(box, home)
    mark = phone.now
    assert phone.call("player:seek", {"position_ms": 20_000})["status"] == "success"
    phone.wait_for("state:player", lambda e: e["data"]["position_ms"] >= 20_000, mark)
    phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] >= 20_000, mark)


@row("player:volume", "state:volume_changed")
def test_player_volume(phone: Phone) -> None:
    mark = phone.now
    assert phone.call("player:volume", {"volume": 44, "muted": True})["status"] == "success"
    assert phone.wait_for("state:volume_changed", since=mark).data == {"volume": 44, "muted": True}
    phone.wait_player(mark, volume=44, muted=True)
    assert phone.call("player:volume", {"volume": 45, "muted": False})["status"] == "success"


@row("player:start")
def test_player_start(box: Box, phone: Phone, home: Furnished) -> None:
    mark = phone.now
    assert phone.call("player:start", {"playlist_id": home.playlist, "track_number": 3})["status"] == "success"
    phone.wait_player(mark, is_playing=True, track_index=2, active_playlist_id=home.playlist)
    assert phone.call("player:start", {"playlist_id": home.playlist, "track_number": 4})["status"] == "error"


@row("player:speed")
def test_player_speed(phone: Phone) -> None:
    mark = phone.now
    assert phone.call("player:speed", {"speed": 1.5})["status"] == "success"
    phone.wait_player(mark, speed=1.5)
    assert phone.call("player:speed", {"speed": 9})["error_type"] == "validation_error"
    assert phone.call("player:speed", {"speed": 1})["status"] == "success"


@row("player:sleep")
def test_player_sleep(phone: Phone) -> None:
    mark = phone.now
    assert phone.call("player:sleep", {"minutes": 5})["status"] == "success"
    assert phone.wait_for("state:player", lambda e: e["data"]["sleep"], mark).data["sleep"]
    assert phone.call("player:sleep", {"cancel": True})["status"] == "success"


# Server -> client


@row("connection_status")
def test_connection_status(box: Box) -> None:
    with Phone(box.url) as phone:
        greeting = phone.events[0]
        assert greeting.name == "connection_status" and greeting.payload["status"] == "connected"
        assert greeting.payload["sid"] == phone.client.get_sid("/")


@row("state:player")
def test_state_player(box: Box, phone: Phone, home: Furnished) -> None:
    mark = phone.now
    box.tap(TAG)
    state = phone.wait_player(mark, is_playing=True)
    assert state.data["active_playlist_id"] == home.playlist
    assert state.data["active_track"]["id"] == state.data["active_track_id"]
    assert state.data["active_track_number"] == state.data["track_index"] + 1
    assert (state.data["track_count"], state.data["can_next"]) == (3, state.data["track_index"] < 2)


@row("state:track_position")
def test_state_track_position(box: Box, phone: Phone, home: Furnished) -> None:
    mark = phone.now
    played(box, home, 2)
    first = phone.wait_for("state:track_position", lambda e: e["data"]["is_playing"], mark)
    second = phone.wait_for("state:track_position", since=first.index + 1)
    assert second.data["track_id"] == box.player["active_track_id"]
    assert second.payload["timestamp"] - first.payload["timestamp"] >= 150
    mark = phone.now
    box.post("/player/pause")
    phone.wait_for("state:track_position", lambda e: not e["data"]["is_playing"], mark)


@row("state:playlists", "state:playlist_created", "state:playlist_updated", "state:playlist_deleted")
def test_states_of_the_list(box: Box, phone: Phone) -> None:
    mark = phone.now
    made = box.post("/playlists", {"title": "Told"})["id"]
    created = phone.wait_for("state:playlist_created", since=mark)
    assert (created.data["playlist_id"], created.data["operation"]) == (made, "create")
    assert created.payload["playlist_id"] == made and created.payload["playlist_seq"] == 1
    listed = phone.wait_for("state:playlists", since=created.index)
    assert made in [playlist["id"] for playlist in listed.data["playlists"]]
    mark = phone.now
    box.ask("PUT", f"/playlists/{made}", {"title": "Told anew"})
    updated = phone.wait_for("state:playlist_updated", since=mark)
    assert (updated.data["playlist"]["title"], updated.data["operation"]) == ("Told anew", "update")
    assert updated.payload["playlist_seq"] == 2
    phone.wait_for("state:playlists", lambda e: "Told anew" in str(e), mark)
    mark = phone.now
    box.ask("DELETE", f"/playlists/{made}")
    deleted = phone.wait_for("state:playlist_deleted", since=mark)
    assert deleted.data == {"playlist_id": made, "operation": "delete"}
    assert made not in str(phone.wait_for("state:playlists", since=mark).data)


@row("state:playlist", "state:track")
def test_states_of_one_playlist(box: Box, home: Furnished) -> None:
    tracks = box.get(f"/playlists/{home.playlist}")["tracks"]
    with Phone(box.url) as phone:
        phone.join("playlist", playlist_id=home.playlist)
        mark = phone.now
        box.ask("PUT", f"/playlists/{home.playlist}/tracks/{tracks[2]['id']}", {"title": "Third"})
        track = phone.wait_for("state:track", since=mark)
        assert (track.data["id"], track.data["title"]) == (tracks[2]["id"], "Third")
        whole = phone.wait_for("state:playlist", since=mark)
        assert whole.data["tracks"][2]["title"] == "Third"
        assert whole.payload["playlist_seq"] == track.payload["playlist_seq"]
        mark = phone.now
        box.post(f"/playlists/{home.playlist}/reorder", {"track_order": [3, 1, 2]})
        assert [t["id"] for t in phone.wait_for("state:playlist", since=mark).data["tracks"]] == [
            tracks[2]["id"], tracks[0]["id"], tracks[1]["id"],
        ]  # fmt: skip
        box.post(f"/playlists/{home.playlist}/reorder", {"track_order": [t["id"] for t in tracks]})


@row("state:track_added", "state:track_deleted")
def test_tracks_come_and_go(box: Box, phone: Phone, music: Music, fresh: dict[str, Any]) -> None:
    mark = phone.now
    track = box.upload(fresh["id"], music(153, 1))
    added = phone.wait_for("state:track_added", since=mark)
    assert (added.data["playlist_id"], added.data["track"]["id"]) == (fresh["id"], track["id"])
    box.ask("DELETE", f"/playlists/{fresh['id']}/tracks", {"track_numbers": [1]})
    deleted = phone.wait_for("state:track_deleted", since=mark)
    assert deleted.data == {"playlist_id": fresh["id"], "track_numbers": [1], "track_ids": [track["id"]]}


@row("ack:op")
def test_ack_op_to_the_caller_or_the_room(box: Box, phone: Phone) -> None:
    with Phone(box.url, "playlists") as other:
        mark, elsewhere = phone.now, other.now
        by_socket, by_rest = operation("by-socket"), operation("by-rest")
        phone.emit("player:volume", {"volume": 55, "client_op_id": by_socket})
        done = phone.wait_for("ack:op", since=mark).payload
        assert (done["client_op_id"], done["success"], done["data"]["volume"]) == (by_socket, True, 55)
        box.post("/player/volume", {"volume": 56, "client_op_id": by_rest})
        for listener, since in ((phone, mark), (other, elsewhere)):
            listener.wait_for("ack:op", lambda e: e["client_op_id"] == by_rest, since)
        assert [e.payload["client_op_id"] for e in other.heard("ack:op", elsewhere)] == [by_rest]
        box.post("/player/volume", {"volume": 57})
        hear_all(other)
        assert len(other.heard("ack:op", elsewhere)) == 1, "what nobody named is not acknowledged to everybody"


@row("err:op")
def test_err_op_to_the_caller_or_the_room(box: Box, phone: Phone) -> None:
    mark = phone.now
    too_loud, nowhere = operation("too-loud"), operation("nowhere")
    phone.emit("player:volume", {"volume": 101, "client_op_id": too_loud})
    refused = phone.wait_for("err:op", lambda e: e["client_op_id"] == too_loud, mark).payload
    assert (refused["success"], refused["error_type"]) == (False, "validation_error") and refused["message"]
    box.refusal("POST", "/playlists/no-such-playlist/start", {"client_op_id": nowhere})
    told = phone.wait_for("err:op", lambda e: e["client_op_id"] == nowhere, mark).payload
    assert told["error_type"] == "not_found"


@row("upload:progress", "upload:complete")
def test_an_upload_is_told_to_both_rooms(box: Box, phone: Phone, fresh: dict[str, Any], book: Path) -> None:
    with Phone(box.url) as near:
        near.join("playlist", playlist_id=fresh["id"])
        marks = phone.now, near.now
        box.upload(fresh["id"], book)
        for listener, mark in zip((phone, near), marks):
            last = listener.wait_for("upload:progress", lambda e: e["complete"], mark).payload
            assert (last["progress"], last["playlist_id"]) == (100, fresh["id"])
            complete = listener.wait_for("upload:complete", since=mark).payload
            assert complete["session_id"] == last["session_id"] and complete["filename"] == book.name
            assert complete["metadata"]["title"] == "Buch" and complete["metadata"]["codec"]
            assert [(c["title"], c["start_ms"], c["end_ms"]) for c in complete["metadata"]["chapters"]][:2] == [
                ("Kapitel 1", 0, 1_000), ("Kapitel 2", 1_000, None),
            ]  # fmt: skip
            assert [t["title"] for t in complete["tracks"]] == ["Kapitel 1", "Kapitel 2"]
            assert complete["track"] == complete["tracks"][0]
            assert len(listener.heard("upload:complete", mark)) == 1


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("book")
    wav = media.write_wav(directory / "book.wav", media.melody(154, 2.5))
    marks = directory / "marks.txt"
    marks.write_text(
        ";FFMETADATA1\ntitle=Buch\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Kapitel 1\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2500\ntitle=Kapitel 2\n"
    )
    book = directory / "book.m4b"
    command = ["ffmpeg", "-v", "error", "-y", "-i", wav, "-i", marks, "-map_metadata", "1", "-c:a", "alac", "-f", "mp4"]
    subprocess.run([*command, book], check=True)
    return book


@row("upload:error")
def test_a_failed_upload_is_told_to_both_rooms(box: Box, phone: Phone, fresh: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "noise.mp3").write_bytes(b"no music" * 500)
    with Phone(box.url) as near:
        near.join("playlist", playlist_id=fresh["id"])
        marks = phone.now, near.now
        with pytest.raises(AssertionError, match="400"):
            box.upload(fresh["id"], tmp_path / "noise.mp3")
        for listener, mark in zip((phone, near), marks):
            error = listener.wait_for("upload:error", since=mark).payload
            assert error["playlist_id"] == fresh["id"] and error["session_id"] and "noise.mp3" in error["error"]


@row("nfc_status", "nfc_association_state")
def test_an_association_is_told_in_both_words(box: Box, phone: Phone, fresh: dict[str, Any]) -> None:
    with Phone(box.url) as outside:
        session = box.post("/nfc/scan", {"playlist_id": fresh["id"]})["assoc_id"]
        box.tap("04c0ffe4")
        status = phone.wait_for("nfc_status", lambda e: (e["assoc_id"], e["state"]) == (session, "success")).payload
        assert (status["tag_id"], status["playlist_id"]) == ("04c0ffe4", fresh["id"])
        assert status["started_at"] < status["timeout_at"]
        news = outside.wait_for(
            "nfc_association_state", lambda e: (e["session_id"], e["state"]) == (session, "success")
        ).payload
        assert news["server_seq"] == status["server_seq"] and "Fresh" in news["message"]
        assert not outside.heard("nfc_status"), "only the room hears it"


@row("nfc_tag_scanned")
def test_nfc_tag_scanned(box: Box, phone: Phone, home: Furnished) -> None:
    mark = phone.now
    box.tap(TAG)
    known = phone.wait_for("nfc_tag_scanned", since=mark).payload
    assert known == {"tag_id": TAG, "known": True, "playlist_id": home.playlist}
    box.lift()
    mark = phone.now
    box.tap(STRANGER)
    unknown = phone.wait_for("nfc_tag_scanned", since=mark).payload
    assert (unknown["tag_id"], unknown["known"]) == (STRANGER, False)
    assert not phone.heard("nfc_association_state", mark), "a normal scan sends nothing there"


@row("youtube:progress", "youtube:complete")
def test_a_download_is_told_to_everyone(box: Box, home: Furnished, fresh: dict[str, Any]) -> None:
    with Phone(box.url) as outside:
        task = box.post("/youtube/download", {"url": home.web.url("song.mp3"), "playlist_id": fresh["id"]})["task_id"]
        complete = outside.wait_for("youtube:complete", lambda e: e["task_id"] == task, deadline=60)
        assert complete.payload["playlist_id"] == fresh["id"]
        assert complete.payload["track"]["id"] == box.get(f"/playlists/{fresh['id']}")["tracks"][0]["id"]
        steps = [e.payload for e in outside.events[: complete.index] if e.name == "youtube:progress"]
        assert steps and {step["task_id"] for step in steps} == {task}
        assert {"downloading", "processing"} <= {step["status"] for step in steps}


@row("youtube:error")
def test_a_failed_download_is_told_to_everyone(box: Box, home: Furnished) -> None:
    with Phone(box.url) as outside:
        task = box.post("/youtube/download", {"url": home.web.url("nothing.mp3")})["task_id"]
        error = outside.wait_for("youtube:error", lambda e: e["task_id"] == task, deadline=60).payload
        assert "404" in error["message"]


def test_no_row_is_without_a_test() -> None:
    assert asyncapi.names("box") | asyncapi.names(*asyncapi.SENT) == ROWS
