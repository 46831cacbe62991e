"""Each row of the table of routes in the wire contract, with a test of its own, and the errors that all of them share. What a
row promises in full has files of its own besides; here no row is without one."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import contract
import media
from box import Box
from test_downloads import program, wait_status
from webserver import WebServer

Music = Callable[..., Path]
TAG = "04decad1"
YT_DLP = Path(sys.executable).parent / "yt-dlp"
ROWS: set[str] = set()


def row(*routes: str) -> Callable[[Any], Any]:
    """Marks the test of a row."""
    ROWS.update(routes)
    return lambda test: test


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box({"audio": {"device": "silent"}, "youtube": {"program": str(YT_DLP)}}) as box:
        yield box


@pytest.fixture(scope="module")
def playlist(box: Box, covered: Path, music: Music) -> str:
    """Three tracks, the first with a cover."""
    return box.playlist("Routes", [covered, music(161, 20), music(162, 20)], TAG)


@pytest.fixture(scope="module")
def covered(music: Music, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("covered")
    song = directory / "covered.mp3"
    picture = ["-f", "lavfi", "-i", "color=c=red:s=32x32:d=1", "-map", "0", "-map", "1", "-frames:v", "1"]
    command = ["ffmpeg", "-v", "error", "-y", "-i", music(160, 20), *picture, "-c:v", "mjpeg", "-disposition:v", "attached_pic"]
    subprocess.run([*command, song], check=True)
    return song


@pytest.fixture
def fresh(box: Box) -> Iterator[str]:
    made = box.post("/playlists", {"title": "Fresh"})["id"]
    yield made
    box.request("DELETE", f"/playlists/{made}")


@pytest.fixture
def playing(box: Box, playlist: str) -> Iterator[Box]:
    box.post(f"/playlists/{playlist}/start")
    box.post("/player/seek", {"position_ms": 0})
    box.wait_player("playing", is_playing=True, track_index=0)
    yield box
    if box.player["state"] in ("playing", "paused"):
        box.post("/player/stop")


# System


@row("GET /health")
def test_health(box: Box) -> None:
    answer = box.request("GET", "/health")
    assert (answer.status_code, answer.json()["data"]["components"]["database"]) == (200, {"status": "healthy"})


@row("GET /system/info")
def test_system_info(box: Box) -> None:
    info = box.get("/system/info")
    assert info["version"] and info["hostname"] and info["uptime"] >= 0
    assert info["capabilities"]["upload_format"] == "chunked"
    assert info["capabilities"]["max_chunk_size"] >= 1 << 20
    assert info["capabilities"]["position_update_interval_ms"] == 200


@row("GET /system/logs")
def test_system_logs(box: Box) -> None:
    logs = box.get("/system/logs")["logs"]
    assert logs and all(line["message"] and line["timestamp"] > 1 << 40 for line in logs)
    assert box.refusal("GET", "/system/logs?level=loud").status == 400


@row("GET /system/diagnostics")
def test_system_diagnostics(box: Box) -> None:
    diagnostics = box.get("/system/diagnostics")
    assert diagnostics["audio"]["output"]["state"] == "silent" and diagnostics["memory"]["resident_bytes"] > 0
    assert diagnostics["reader"]["reader_available"] is False and diagnostics["clients"] >= 0


@row("GET /system/backup", "POST /system/restore")
def test_system_backup_and_restore(box: Box) -> None:
    answer = box.request("GET", "/system/backup")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/x-tar"
    assert "manifest.json" in str(tarfile.open(fileobj=io.BytesIO(answer.content)).getnames()) or answer.content
    before = box.get("/playlists")["total"]
    for body, kind in ((b"", "application/x-tar"), (b"no tar" * 500, "application/x-tar"), (answer.content, "text/plain")):
        refused = box.request("POST", "/system/restore", data=body, headers={"Content-Type": kind})
        assert (refused.status_code, refused.json()["error_type"]) == (400, "validation_error")
    assert box.get("/playlists")["total"] == before


@row("GET /openapi.json", "GET /asyncapi.json")
def test_descriptions(box: Box) -> None:
    assert box.request("GET", "/openapi.json").json()["openapi"].startswith("3.1")
    assert box.request("GET", "/asyncapi.json").json()["asyncapi"].startswith("3.")


# Player


@row("GET /player/status")
def test_player_status(playing: Box, playlist: str) -> None:
    status = playing.get("/player/status")
    assert (status["active_playlist_id"], status["track_count"], status["track_index"]) == (playlist, 3, 0)


@row("POST /player/play", "POST /player/pause", "POST /player/toggle", "POST /player/stop")
@pytest.mark.parametrize(
    ("before", "action", "after"),
    [("pause", "play", "playing"), ("play", "pause", "paused"), ("play", "toggle", "paused"), ("pause", "stop", "stopped")],
)
def test_player_action(playing: Box, before: str, action: str, after: str) -> None:
    playing.request("POST", f"/player/{before}", {})
    assert playing.post(f"/player/{action}")["state"] in (after, "loading" if after == "playing" else after)
    playing.wait_player(action, state=after)


@row("POST /player/next", "POST /player/previous")
def test_player_next_and_previous(playing: Box) -> None:
    assert playing.post("/player/next")["track_index"] == 1
    assert playing.post("/player/previous")["track_index"] == 0


@row("POST /player/seek")
def test_player_seek(playing: Box) -> None:
    assert playing.post("/player/seek", {"position_ms": 9_000})["position_ms"] >= 9_000
    assert playing.refusal("POST", "/player/seek", {"position_ms": 99_000_000}).status == 400


@row("GET /player/volume", "POST /player/volume")
def test_player_volume(box: Box) -> None:
    assert box.post("/player/volume", {"volume": 12, "muted": True})["volume"] == 12
    volume = box.get("/player/volume")
    assert (volume["volume"], volume["muted"]) == (12, True)
    box.post("/player/volume", {"muted": False})
    assert box.get("/player/volume")["muted"] is False


@row("POST /player/speed")
def test_player_speed(box: Box) -> None:
    assert box.post("/player/speed", {"speed": 1.25})["speed"] == 1.25
    assert box.post("/player/speed", {"speed": 1})["speed"] == 1
    assert box.refusal("POST", "/player/speed", {"speed": 3}).status == 400


@row("POST /player/sleep", "DELETE /player/sleep")
def test_player_sleep(playing: Box) -> None:
    assert playing.post("/player/sleep", {"until": "track"})["sleep"]
    assert playing.ask("DELETE", "/player/sleep")["sleep"] is None
    assert playing.refusal("POST", "/player/sleep", {"minutes": 1, "until": "track"}).status == 400


def test_nothing_to_act_on_is_a_conflict() -> None:
    with Box({"audio": {"device": "silent"}}) as empty:
        for action in ("play", "pause", "toggle", "stop", "next", "previous"):
            refused = empty.request("POST", f"/player/{action}", {})
            # There is nothing that a stop would change.
            expected = (200, 409) if action == "stop" else (409,)
            assert refused.status_code in expected, action


# Playlists


@row("GET /playlists")
def test_list_of_playlists(box: Box, playlist: str, fresh: str) -> None:
    page = box.get("/playlists?page=1&limit=1")
    assert (page["page"], page["limit"], len(page["playlists"])) == (1, 1, 1)
    assert page["total"] >= 2 and page["total_pages"] == page["total"]
    assert [p["id"] for p in box.get("/playlists?q=rOUTES")["playlists"]] == [playlist]
    assert box.get(f"/playlists?page={page['total'] + 1}&limit=1")["playlists"] == []
    for query in ("page=0", "limit=0", "limit=101", "page=x"):
        assert box.refusal("GET", f"/playlists?{query}").status == 400


@row("POST /playlists")
def test_new_playlist(box: Box) -> None:
    for field in ("title", "name"):
        answer = box.request("POST", "/playlists", {field: f"By {field}", "description": "new"})
        made = answer.json()["data"]
        assert answer.status_code == 201 and made["id"] == made["playlist"]["id"]
        assert (made["title"], made["playlist"]["description"], made["tracks"]) == (f"By {field}", "new", [])
        box.ask("DELETE", f"/playlists/{made['id']}")
    assert box.refusal("POST", "/playlists", {"title": " \n"}).status == 400


@row("GET /playlists/{id}", "PUT /playlists/{id}", "DELETE /playlists/{id}")
def test_one_playlist(box: Box) -> None:
    made = box.post("/playlists", {"title": "One"})
    changed = box.ask("PUT", f"/playlists/{made['id']}", {"title": "Two"})
    assert (changed["title"], changed["playlist_seq"]) == ("Two", made["playlist_seq"] + 1)
    assert box.get(f"/playlists/{made['id']}")["playlist"]["title"] == "Two"
    assert box.refusal("PUT", f"/playlists/{made['id']}", {"title": ""}).status == 400
    answer = box.request("DELETE", f"/playlists/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert box.refusal("GET", f"/playlists/{made['id']}").status == 404


@row("POST /playlists/{id}/start", "POST /playlists/{id}/play/{track_number}")
def test_start(box: Box, playlist: str, fresh: str) -> None:
    assert box.post(f"/playlists/{playlist}/start")["active_playlist_id"] == playlist
    assert box.post(f"/playlists/{playlist}/play/2")["active_track_number"] == 2
    assert box.refusal("POST", f"/playlists/{playlist}/play/4", {}).status in (400, 404)
    assert box.refusal("POST", f"/playlists/{playlist}/play/two", {}).status == 400
    assert box.refusal("POST", f"/playlists/{fresh}/start", {}).status == 409, "it is empty"
    box.post("/player/stop")


@row("POST /playlists/{id}/reorder")
def test_reorder(box: Box, playlist: str) -> None:
    tracks = box.get(f"/playlists/{playlist}")["tracks"]
    ids = [track["id"] for track in tracks]
    for name, order in (
        ("track_order", [3, 1, 2]),
        ("track_ids", [ids[2], ids[0], ids[1]]),
        ("track_order", [tracks[2]["filename"], ids[0], ids[1]]),
    ):
        changed = box.post(f"/playlists/{playlist}/reorder", {name: order})
        assert [t["id"] for t in changed["tracks"]] == [ids[2], ids[0], ids[1]]
        assert [t["number"] for t in changed["tracks"]] == [1, 2, 3]
        box.post(f"/playlists/{playlist}/reorder", {"track_ids": ids})
    for wrong in ([1, 2], [1, 2, 2], [1, 2, 4], [1, 2, 3, 3], [], "123"):
        assert box.refusal("POST", f"/playlists/{playlist}/reorder", {"track_order": wrong}).status == 400


@row("DELETE /playlists/{id}/tracks")
def test_delete_tracks(box: Box, fresh: str, music: Music) -> None:
    tracks = [box.upload(fresh, music(seed, 1)) for seed in (163, 164, 165)]
    gone = box.ask("DELETE", f"/playlists/{fresh}/tracks", {"track_numbers": [1]})
    assert (gone["track_numbers"], gone["track_ids"]) == ([1], [tracks[0]["id"]])
    box.ask("DELETE", f"/playlists/{fresh}/tracks", {"track_ids": [tracks[2]["id"]]})
    assert [t["id"] for t in box.get(f"/playlists/{fresh}")["tracks"]] == [tracks[1]["id"]]
    assert box.refusal("DELETE", f"/playlists/{fresh}/tracks", {"track_numbers": [2]}).status == 400


@row("POST /playlists/{id}/tracks")
def test_add_an_address(box: Box, fresh: str) -> None:
    answer = box.request("POST", f"/playlists/{fresh}/tracks", {"url": "http://radio.example/live", "title": "Radio"})
    assert (answer.status_code, answer.json()["data"]["track"]["title"]) == (201, "Radio")
    assert box.refusal("POST", f"/playlists/{fresh}/tracks", {"url": "file:///etc/passwd"}).status == 400


@row("POST /playlists/move-track", "POST /playlists/{id}/move-track")
def test_move_track(box: Box, fresh: str, music: Music) -> None:
    other = box.post("/playlists", {"title": "Other"})["id"]
    track = box.upload(fresh, music(166, 1))
    box.upload(other, music(167, 1))
    move = {"source_playlist_id": fresh, "target_playlist_id": other, "track_number": 1, "target_position": 1}
    assert box.post("/playlists/move-track", move)["track"]["number"] == 1
    assert [t["id"] for t in box.get(f"/playlists/{other}")["tracks"]][0] == track["id"]
    back = {"target_playlist_id": fresh, "track_id": track["id"]}
    assert box.post(f"/playlists/{other}/move-track", back)["target_playlist_id"] == fresh
    assert box.get(f"/playlists/{fresh}")["track_count"] == 1
    assert box.refusal("POST", "/playlists/move-track", back).status == 400, "no source"
    assert box.refusal("POST", "/playlists/move-track", {**move, "target_playlist_id": "nix"}).status == 404
    box.ask("DELETE", f"/playlists/{other}")


@row("POST /playlists/sync")
def test_sync(box: Box, music: Music) -> None:
    folder = box.state / "media" / "By hand"
    folder.mkdir()
    (folder / "song.flac").write_bytes(music(168, 1).read_bytes())
    result = box.post("/playlists/sync")
    # The box may have noticed by itself before it was asked.
    assert result["tracks_removed"] == 0 and result["playlists_count"] == box.get("/playlists")["total"]
    assert [p["title"] for p in box.get("/playlists?q=hand")["playlists"]] == ["By hand"]


@row("PUT /playlists/{id}/tracks/{track_id}")
def test_edit_a_track(box: Box, fresh: str, playlist: str, music: Music) -> None:
    track = box.upload(fresh, music(169, 1))
    edited = box.ask("PUT", f"/playlists/{fresh}/tracks/{track['id']}", {"title": "T", "artist": "A", "album": "B"})
    assert (edited["title"], edited["track"]["artist"], edited["album"]) == ("T", "A", "B")
    assert box.ask("PUT", f"/playlists/{fresh}/tracks/{track['id']}", {"artist": ""})["artist"] is None
    assert box.refusal("PUT", f"/playlists/{playlist}/tracks/{track['id']}", {"title": "T"}).status == 404
    assert box.refusal("PUT", f"/playlists/{fresh}/tracks/{track['id']}", {}).status == 400


@row("GET /playlists/{id}/cover", "GET /tracks/{id}/cover", "GET /tracks/{id}/audio")
def test_files(box: Box, playlist: str, covered: Path) -> None:
    tracks = box.get(f"/playlists/{playlist}")["tracks"]
    for path, kind in (
        (f"/playlists/{playlist}/cover", "image/jpeg"),
        (f"/tracks/{tracks[0]['id']}/cover", "image/jpeg"),
        (f"/tracks/{tracks[0]['id']}/audio", "audio/mpeg"),
    ):
        whole = box.request("GET", path)
        assert (whole.status_code, whole.headers["Content-Type"]) == (200, kind)
        again = box.request("GET", path, headers={"If-None-Match": whole.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        part = box.request("GET", path, headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, whole.content[2:6])
        assert part.headers["Content-Range"] == f"bytes 2-5/{len(whole.content)}"
        beyond = box.request("GET", path, headers={"Range": f"bytes={len(whole.content)}-"})
        assert beyond.status_code == 416
    assert box.request("GET", f"/tracks/{tracks[0]['id']}/audio").content == covered.read_bytes()
    assert box.refusal("GET", f"/tracks/{tracks[1]['id']}/cover").status == 404


# Uploads


@row(
    "POST /playlists/{id}/uploads/session",
    "PUT /playlists/{id}/uploads/{sid}/chunks/{index}",
    "GET /playlists/{id}/uploads/{sid}",
    "POST /playlists/{id}/uploads/{sid}/finalize",
)
def test_upload(box: Box, fresh: str, music: Music) -> None:
    data = music(170, 2).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    wanted = {"filename": "song.flac", "file_size": len(data), "chunk_size": len(data) // 2, "file_hash": digest}
    opened = box.request("POST", f"/playlists/{fresh}/uploads/session", wanted)
    session = opened.json()["data"]
    assert (opened.status_code, session["status"], session["missing_chunks"]) == (201, "pending", [0, 1, 2][: session["total_chunks"]])
    route = f"/playlists/{fresh}/uploads/{session['session_id']}"
    size = session["chunk_size"]
    last = session["total_chunks"] - 1
    # The last first, and as a form; the first twice.
    answer = box.ask("PUT", f"{route}/chunks/{last}", files={"file": data[last * size :]})
    assert answer["received"] is True and answer["session"]["missing_chunks"] == list(range(last))
    assert box.refusal("POST", f"{route}/finalize", {}).status == 409, "it is not whole"
    for index in [0, *range(last)]:
        progress = box.ask("PUT", f"{route}/chunks/{index}", data=data[index * size : (index + 1) * size])["progress_percent"]
    assert progress == 100 and box.get(route)["missing_chunks"] == []
    assert box.refusal("PUT", f"{route}/chunks/{last + 1}", data=b"x").status == 400
    assert box.refusal("POST", f"{route}/finalize", {"file_hash": "0" * 64}).status == 409
    done = box.request("POST", f"{route}/finalize", {"file_hash": digest, "metadata_override": {"title": "Named"}})
    assert (done.status_code, done.json()["data"]["track"]["title"]) == (201, "Named")
    assert box.get(f"/playlists/{fresh}")["track_count"] == 1
    for wrong in ({"filename": "a.txt", "file_size": 1}, {"filename": "a.mp3", "file_size": 0}, {"filename": "a.mp3"}):
        assert box.refusal("POST", f"/playlists/{fresh}/uploads/session", wrong).status == 400


@row("GET /uploads/sessions", "DELETE /uploads/sessions/{sid}", "POST /uploads/cleanup")
def test_upload_sessions(box: Box, fresh: str) -> None:
    made = [
        box.post(f"/playlists/{fresh}/uploads/session", {"filename": "a.mp3", "file_size": 9})["session_id"] for _ in "ab"
    ]
    assert set(made) <= {session["session_id"] for session in box.get("/uploads/sessions")["sessions"]}
    assert box.request("DELETE", f"/uploads/sessions/{made[0]}").status_code == 204
    assert box.refusal("GET", f"/playlists/{fresh}/uploads/{made[0]}").status == 404
    cleaned = box.ask("POST", "/uploads/cleanup?max_age_hours=0")
    assert cleaned["cleaned_sessions"] >= 1 and cleaned.keys() >= {"cleaned_files", "freed_bytes"}
    assert made[1] not in str(box.get("/uploads/sessions"))
    assert box.refusal("POST", "/uploads/cleanup?max_age_hours=-1").status == 400


def test_too_many_upload_sessions_are_told_to_wait(box: Box, fresh: str) -> None:
    while True:
        answer = box.request("POST", f"/playlists/{fresh}/uploads/session", {"filename": "a.mp3", "file_size": 9})
        if answer.status_code != 201:
            break
    assert (answer.status_code, answer.json()["error_type"]) == (429, "rate_limit_exceeded")
    assert int(answer.headers["Retry-After"]) > 0
    box.ask("POST", "/uploads/cleanup?max_age_hours=0")


# Tags


@row("POST /nfc/associate", "DELETE /nfc/associate/{tag_id}")
def test_bind(box: Box, playlist: str, fresh: str) -> None:
    assert box.post("/nfc/associate", {"playlist_id": fresh, "tag_id": "04:DE:CA:D2"})["tag_id"] == "04decad2"
    refused = box.refusal("POST", "/nfc/associate", {"playlist_id": playlist, "tag_id": "04decad2"})
    assert refused.status == 409 and fresh in json.dumps(refused.error["details"])
    moved = box.post("/nfc/associate", {"playlist_id": playlist, "tag_id": "04decad2", "force": True})
    assert moved["previous_playlist_id"] == fresh
    assert box.ask("DELETE", "/nfc/associate/04decad2")["playlist_id"] == playlist
    assert box.get(f"/playlists/{playlist}")["nfc_tag_ids"] == [TAG]


@row("GET /nfc/status", "POST /nfc/scan", "DELETE /nfc/session/{session_id}")
def test_scan(box: Box, fresh: str) -> None:
    for timeout in ({"timeout_ms": 20_000}, {"timeout": 20}, {"timeout_s": 20}):
        scan = box.post("/nfc/scan", {"playlist_id": fresh, **timeout})
        assert scan["scan_id"] == scan["session_id"] == scan["assoc_id"]
        assert (scan["scanning"], scan["timeout_ms"]) == (True, 20_000)
        status = box.get("/nfc/status")
        assert status["association_active"] and status["current_session_id"] == scan["scan_id"]
        assert [session["assoc_id"] for session in status["active_sessions"]] == [scan["scan_id"]]
        assert box.ask("DELETE", f"/nfc/session/{scan['scan_id']}")["state"] == "stopped"
    assert box.get("/nfc/status")["scanning"] is False
    assert box.refusal("POST", "/nfc/scan", {"playlist_id": fresh, "timeout_ms": -1}).status == 400


@row(
    "GET /playlists/nfc/{tag_id}",
    "POST /playlists/nfc/{tag_id}/associate/{playlist_id}",
    "DELETE /playlists/nfc/{tag_id}/associate/{playlist_id}",
)
def test_tags_by_path(box: Box, playlist: str, fresh: str) -> None:
    assert box.get(f"/playlists/nfc/{TAG}")["playlist"]["id"] == playlist
    box.post(f"/playlists/nfc/04decad3/associate/{fresh}")
    assert box.refusal("POST", f"/playlists/nfc/04decad3/associate/{playlist}", {}).status == 409
    assert box.refusal("DELETE", f"/playlists/nfc/04decad3/associate/{playlist}").status == 404
    box.ask("DELETE", f"/playlists/nfc/04decad3/associate/{fresh}")
    assert box.refusal("GET", "/playlists/nfc/04decad3").status == 404
    assert box.refusal("GET", "/playlists/nfc/not-hex").status == 400


@row("POST /nfc/tap", "POST /nfc/remove")
def test_virtual_reader(box: Box, playlist: str) -> None:
    assert box.post("/nfc/tap", {"tag_id": TAG})["active_playlist_id"] == playlist
    assert box.get("/nfc/status")["present_tag"] == TAG
    assert box.post("/nfc/remove")["tag_id"] == TAG
    assert box.refusal("POST", "/nfc/remove", {}).status == 409
    box.post("/player/stop")


# Downloads


@row("POST /youtube/download", "GET /youtube/status/{task_id}", "GET /youtube/tasks", "DELETE /youtube/tasks/{task_id}")
def test_download(box: Box, fresh: str, tmp_path: Path) -> None:
    media.encode(tmp_path / "song.mp3", media.melody(171, 1), "mp3-cbr", {"title": "From the web"})
    with WebServer(tmp_path) as web:
        answer = box.request("POST", "/youtube/download", {"url": web.url("song.mp3"), "playlist_id": fresh})
        task = answer.json()["data"]["task_id"]
        assert answer.status_code == 202
        assert wait_status(box, task, "completed")["playlist_id"] == fresh
    assert task in [t["task_id"] for t in box.get("/youtube/tasks")["tasks"]]
    assert box.request("DELETE", f"/youtube/tasks/{task}").status_code == 204
    assert box.refusal("GET", f"/youtube/status/{task}").status == 404


@row("GET /youtube/search")
def test_search(make_box: Callable[..., Box], tmp_path: Path) -> None:
    """The one site that it knows is not within reach of a test: a program stands in for yt-dlp."""
    line = {"id": "x1", "title": "A song", "duration": 3.5, "thumbnails": [{"url": "http://t/1"}]}
    stand_in = program(tmp_path / "searching", f"print({json.dumps(line)!r})\n")
    box = make_box({"youtube": {"program": str(stand_in)}, "audio": {"device": "silent"}}).start()
    for query in ("q=song", "query=song&max_results=3"):
        (found,) = box.get(f"/youtube/search?{query}")["results"]
        assert (found["video_id"], found["id"], found["duration"], found["duration_ms"]) == ("x1", "x1", 3.5, 3_500)
        assert found["thumbnail"] == found["thumbnail_url"] == "http://t/1"


# What all of them share


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in contract.document()["paths"].items()
        for method, operation in methods.items()
    ]


WITH_BODY = [
    f"{method} {path}"
    for method, path, operation in operations()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]
WITH_ID = [f"{method} {path}" for method, path, _ in operations() if "{id}" in path]


def filled(path: str, identity: str) -> str:
    """The path with ids of something that is there, or nowhere."""
    values = {"id": identity, "playlist_id": identity, "track_number": "1", "index": "0", "tag_id": "04decad9"}
    return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], "nowhere"), path)


@pytest.mark.parametrize("route", WITH_ID)
def test_an_unknown_id_is_not_found(route: str, box: Box, fresh: str) -> None:
    method, path = route.split()
    bodies = {
        "reorder": {"track_order": [1]}, "tracks": {"track_numbers": [1], "url": "http://h/"},
        "move-track": {"target_playlist_id": fresh, "track_number": 1}, "session": {"filename": "a.mp3", "file_size": 9},
        "{track_id}": {"title": "T"},
    }  # fmt: skip
    body = bodies.get(path.rsplit("/", 1)[1], {"title": "T"} if method == "PUT" else {})
    options = {"data": b"x"} if "chunks" in path else {"body": body if method != "GET" else None}
    answer = box.request(method, filled(path, "no-such-id"), **options)
    assert (answer.status_code, answer.json()["error_type"]) == (404, "not_found"), answer.text
    assert answer.json()["message"] and answer.json()["request_id"] and answer.json()["timestamp"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"7"])
@pytest.mark.parametrize("route", WITH_BODY)
def test_a_body_that_is_no_object_is_refused(route: str, body: bytes, box: Box, fresh: str) -> None:
    method, path = route.split()
    answer = box.request(method, filled(path, fresh), data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_type"]) == (400, "validation_error"), answer.text


@pytest.mark.parametrize("route", WITH_BODY)
def test_a_body_that_is_too_large_is_refused(route: str, box: Box, fresh: str) -> None:
    method, path = route.split()
    body = json.dumps({"client_op_id": "x" * 200_000})
    answer = box.request(method, filled(path, fresh), data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_type"]) == (413, "payload_too_large")


def test_a_named_operation_is_done_once_also_after_a_kill() -> None:
    with Box({"audio": {"device": "silent"}}) as own:
        first = own.request("POST", "/playlists", {"title": "Once", "client_op_id": "op_1-A"}).json()
        assert first["client_op_id"] == "op_1-A"
        own.kill9()
        own.start()
        again = own.request("POST", "/playlists", {"title": "Other", "client_op_id": "op_1-A"})
        assert (again.status_code, again.json()["data"]) == (201, first["data"])
        assert own.get("/playlists")["total"] == 1


def test_no_row_is_without_a_test() -> None:
    assert {f"{method} {path}" for method, path, _ in operations()} == ROWS
