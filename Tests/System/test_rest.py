"""The REST side of the wire contract: honest statuses, and what a route says is so."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from box import Box
from test_events import LITE_FIELDS, PLAYER_FIELDS, TRACK_FIELDS

Music = Callable[..., Path]


@pytest.fixture(scope="module")
def playlist(box: Box, music: Music) -> str:
    return box.playlist("rest", [music(110, 30, "mp3-cbr"), music(111, 30), music(112, 30)], "04beef00")


def test_the_envelope_of_a_success(box: Box) -> None:
    answer = box.request("GET", "/player/status")
    document = answer.json()
    assert answer.status_code == 200
    assert document["status"] == "success"
    assert isinstance(document["timestamp"], float) and isinstance(document["server_seq"], int)
    assert PLAYER_FIELDS <= document["data"].keys()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("GET", "/playlists/no-such-playlist", None, 404, "not_found"),
        ("DELETE", "/playlists/no-such-playlist", None, 404, "not_found"),
        ("POST", "/playlists/no-such-playlist/start", {}, 404, "not_found"),
        ("GET", "/no/such/route", None, 404, "not_found"),
        ("POST", "/playlists", {}, 400, "validation_error"),
        ("POST", "/playlists", {"title": ""}, 400, "validation_error"),
        ("POST", "/playlists", {"title": "  "}, 400, "validation_error"),
        ("POST", "/playlists", {"title": 7}, 400, "validation_error"),
        ("POST", "/playlists", ["title"], 400, "validation_error"),
        ("POST", "/player/volume", {"volume": 101}, 400, "validation_error"),
        ("POST", "/player/volume", {"volume": -1}, 400, "validation_error"),
        ("POST", "/player/volume", {"volume": "loud"}, 400, "validation_error"),
        ("POST", "/player/volume", {}, 400, "validation_error"),
        ("POST", "/player/volume", {"volume": 50, "client_op_id": "no spaces"}, 400, "validation_error"),
        ("POST", "/player/seek", {"position_ms": True}, 400, "validation_error"),
        ("POST", "/nfc/associate", {"playlist_id": "no-such-playlist", "tag_id": "04ab"}, (400, 404), None),
        ("POST", "/nfc/tap", {"tag_id": "not hex"}, 400, "validation_error"),
        ("GET", "/playlists?limit=0", None, 400, "validation_error"),
        ("GET", "/playlists?limit=101", None, 400, "validation_error"),
        ("GET", "/playlists?page=none", None, 400, "validation_error"),
        ("PATCH", "/player/status", None, 405, None),
    ],
)
def test_what_cannot_be_done(method: str, path: str, body: object, status: object, error: str | None, box: Box) -> None:
    refusal = box.refusal(method, path, body)
    assert refusal.status == status or (isinstance(status, tuple) and refusal.status in status), refusal
    assert refusal.error["status"] == "error"
    assert refusal.error["message"]
    if error:
        assert refusal.error["error_type"] == error


@pytest.mark.parametrize("body", [b"{", b"no json", b"\xff\xfe", b"[" * 50_000, b""])
def test_a_body_that_is_no_json(body: bytes, box: Box) -> None:
    answer = box.request("POST", "/playlists", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text[:300]
    assert answer.json()["error_type"] == "validation_error"


@pytest.mark.parametrize("action", ["play", "pause", "toggle", "next", "previous"])
def test_nothing_to_play_is_a_conflict(action: str, make_box: Callable[..., Box], empty_box: Box) -> None:
    assert empty_box.refusal("POST", f"/player/{action}", {}).status == 409


@pytest.fixture(scope="module")
def empty_box(card, request: pytest.FixtureRequest):
    with Box(environment=card.environment) as box:
        yield box


def test_starting_an_empty_playlist_is_a_conflict(empty_box: Box) -> None:
    playlist = empty_box.post("/playlists", {"title": "empty"})["id"]
    assert empty_box.refusal("POST", f"/playlists/{playlist}/start", {}).status == 409


def test_life_of_a_playlist(box: Box, music: Music) -> None:
    answer = box.request("POST", "/playlists", {"name": "Bärenlieder 🐻", "description": "für Emma"})
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert made["playlist"]["id"] == made["id"]
    assert LITE_FIELDS <= made.keys()
    assert (made["title"], made["description"], made["nfc_tag_id"]) == ("Bärenlieder 🐻", "für Emma", None)
    track = box.upload(made["id"], music(110, 3, "mp3-cbr"))
    assert TRACK_FIELDS <= track.keys()
    assert track["title"] == "melody 110 mp3-cbr 3 s" and abs(track["duration_ms"] - 3_000) <= 30
    now = box.get(f"/playlists/{made['id']}")
    assert [t["id"] for t in now["tracks"]] == [track["id"]]
    assert now["playlist_seq"] > made["playlist_seq"]
    assert [p["id"] for p in box.get("/playlists?q=bärenL")["playlists"]] == [made["id"]]
    assert box.request("DELETE", f"/playlists/{made['id']}").status_code == 204
    assert box.refusal("GET", f"/playlists/{made['id']}").status == 404
    assert box.refusal("DELETE", f"/playlists/{made['id']}").status == 404


def test_pages(empty_box: Box) -> None:
    for number in range(5):
        empty_box.post("/playlists", {"title": f"page {number}"})
    pages = [empty_box.get(f"/playlists?page={page}&limit=2") for page in (1, 2, 3, 4)]
    identities = [p["id"] for page in pages for p in page["playlists"]]
    assert len(set(identities)) == len(identities) == pages[0]["total"]
    assert pages[0]["total_pages"] == 3 and pages[3]["playlists"] == []



def test_uploads_come_in_any_order_and_are_checked(box: Box, music: Music) -> None:
    playlist = box.post("/playlists", {"title": "uploads"})["id"]
    data = music(116, 4, "wav").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    route = f"/playlists/{playlist}/uploads"
    wanted = {"filename": "a b.wav", "file_size": len(data), "chunk_size": 100_000, "file_hash": digest}
    session = box.post(f"{route}/session", wanted)
    identity, size, total = session["session_id"], session["chunk_size"], session["total_chunks"]
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert len(chunks) == total
    for index in reversed(range(1, total)):
        box.ask("PUT", f"{route}/{identity}/chunks/{index}", data=chunks[index])
    box.ask("PUT", f"{route}/{identity}/chunks/1", data=chunks[1])
    assert box.get(f"{route}/{identity}")["missing_chunks"] == [0]
    assert box.refusal("POST", f"{route}/{identity}/finalize", {}).status == 409
    box.ask("PUT", f"{route}/{identity}/chunks/0", data=chunks[0])
    track = box.post(f"{route}/{identity}/finalize", {"file_hash": digest})["track"]
    assert track["file_hash"] == digest and track["file_size"] == len(data)
    assert (box.state / "media" / track["file_path"]).read_bytes() == data


def test_an_upload_with_the_wrong_hash_adds_nothing(box: Box, music: Music) -> None:
    playlist = box.post("/playlists", {"title": "wrong hash"})["id"]
    data = music(117, 1).read_bytes()
    route = f"/playlists/{playlist}/uploads"
    session = box.post(
        f"{route}/session", {"filename": "a.flac", "file_size": len(data), "file_hash": "0" * 64}
    )["session_id"]
    box.ask("PUT", f"{route}/{session}/chunks/0", data=data)
    assert box.refusal("POST", f"{route}/{session}/finalize", {}).status == 409
    assert box.get(f"/playlists/{playlist}")["tracks"] == []


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd.mp3", "/abs.mp3", "a\\..\\b.mp3", "x" * 300 + ".mp3", "\x00.mp3", ""]
)
def test_hostile_file_names_stay_inside(filename: str, box: Box, music: Music) -> None:
    playlist = box.post("/playlists", {"title": "hostile"})["id"]
    data = music(118, 1, "mp3-cbr").read_bytes()
    route = f"/playlists/{playlist}/uploads"
    answer = box.request("POST", f"{route}/session", {"filename": filename, "file_size": len(data)})
    if answer.status_code == 201:
        session = answer.json()["data"]["session_id"]
        box.ask("PUT", f"{route}/{session}/chunks/0", data=data)
        track = box.post(f"{route}/{session}/finalize", {})["track"]
        media_directory = (box.state / "media").resolve()
        assert (media_directory / track["file_path"]).resolve().is_relative_to(media_directory)
    else:
        assert answer.status_code == 400
    outside = [p for p in box.directory.parent.glob("*.mp3")] + [p for p in box.directory.glob("*.mp3")]
    assert outside == []


def test_binding(box: Box, playlist: str) -> None:
    other = box.post("/playlists", {"title": "binding"})["id"]
    box.bind("04:AA:BB:CC", other)
    assert box.get(f"/playlists/{other}")["nfc_tag_ids"] == ["04aabbcc"]
    refused = box.refusal("POST", "/nfc/associate", {"playlist_id": playlist, "tag_id": "04aabbcc"})
    assert refused.status == 409 and other in refused.body
    box.post("/nfc/associate", {"playlist_id": playlist, "tag_id": "04aabbcc", "force": True})
    assert set(box.get(f"/playlists/{playlist}")["nfc_tag_ids"]) == {"04beef00", "04aabbcc"}
    box.ask("DELETE", "/nfc/associate/04aabbcc")
    assert box.get(f"/playlists/{playlist}")["nfc_tag_ids"] == ["04beef00"]
    assert box.refusal("DELETE", "/nfc/associate/04aabbcc").status == 404


def test_a_virtual_tap_plays_without_a_reader(box: Box, playlist: str) -> None:
    box.tap("04beef00")
    box.wait_player("tap", is_playing=True, active_playlist_id=playlist)
    box.lift()
    assert box.player["is_playing"], "the default keeps the music"
    box.post("/player/stop")


@pytest.mark.parametrize("position", [-5, 3_600_000])
def test_a_seek_out_of_the_track(position: int, box: Box, playlist: str) -> None:
    box.post(f"/playlists/{playlist}/start")
    refusal = box.refusal("POST", "/player/seek", {"position_ms": position})
    assert (refusal.status, refusal.error["error_type"]) == (400, "validation_error")
    box.post("/player/stop")


def test_previous_goes_back_or_to_the_start(box: Box, playlist: str) -> None:
    box.post(f"/playlists/{playlist}/play/2")
    assert box.post("/player/previous")["track_index"] == 0
    box.wait_player("playing", is_playing=True)
    assert box.post("/player/next")["track_index"] == 1
    box.post("/player/stop")



def test_system_routes(box: Box) -> None:
    assert box.get("/system/info")["capabilities"]["position_update_interval_ms"] == 200
    assert isinstance(box.get("/system/diagnostics"), dict)
    health = box.health
    assert {"database", "audio", "nfc", "storage"} <= health["components"].keys()
