"""Playlists and their tracks over REST, also while one of them plays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from box import Box
from phone import Phone

Music = Callable[..., Path]


@pytest.fixture
def playing(box: Box, music: Music) -> tuple[str, list[str]]:
    """A playlist of four tracks whose second one plays, and the ids of its tracks."""
    playlist = box.playlist("playing", [music(seed, 20, "mp3-cbr") for seed in (231, 232, 233, 234)])
    box.post(f"/playlists/{playlist}/play/2")
    box.wait_player("playing", is_playing=True, active_track_number=2)
    return playlist, [track["id"] for track in box.get(f"/playlists/{playlist}")["tracks"]]


def test_reordering_does_not_disturb_the_music(playing: tuple[str, list[str]], box: Box, phone: Phone) -> None:
    playlist, ids = playing
    phone.join("playlist", playlist_id=playlist)
    mark = phone.now
    order = [ids[3], ids[1], ids[0], ids[2]]
    box.post(f"/playlists/{playlist}/reorder", {"track_order": order})
    state = phone.wait_player(mark, track_index=1).data
    assert state["is_playing"] and state["active_track_id"] == ids[1]
    told = phone.wait_for("state:playlist", since=mark).data
    assert [track["id"] for track in told["tracks"]] == order
    listed = phone.wait_for("state:playlists", since=mark).data["playlists"]
    assert playlist in [p["id"] for p in listed]
    assert box.post("/player/next")["active_track_id"] == ids[0]
    box.post("/player/stop")


def test_the_next_track_takes_the_place_of_a_deleted_one(
    playing: tuple[str, list[str]], box: Box, phone: Phone
) -> None:
    playlist, ids = playing
    mark = phone.now
    files = [box.state / "media" / track["file_path"] for track in box.get(f"/playlists/{playlist}")["tracks"]]
    deleted = box.ask("DELETE", f"/playlists/{playlist}/tracks", {"track_numbers": [2, 4]})
    assert deleted["track_ids"] == [ids[1], ids[3]] and deleted["track_numbers"] == [2, 4]
    phone.wait_player(mark, is_playing=True, active_track_id=ids[2], track_index=1, track_count=2)
    told = phone.wait_for("state:track_deleted", since=mark).data
    assert told == {"playlist_id": playlist, "track_numbers": [2, 4], "track_ids": [ids[1], ids[3]]}
    assert [file.exists() for file in files] == [True, False, True, False]
    box.ask("DELETE", f"/playlists/{playlist}/tracks", {"track_ids": [ids[2]]})
    phone.wait_player(mark, state="stopped", track_count=1)
    box.ask("DELETE", f"/playlists/{playlist}/tracks", {"track_ids": [ids[0]]})
    phone.wait_player(mark, state="stopped", active_playlist_id=None, track_count=0)


def test_a_track_that_moves_away_goes_on(playing: tuple[str, list[str]], box: Box, phone: Phone, music: Music) -> None:
    playlist, ids = playing
    target = box.playlist("target", [music(235, 3)])
    mark = phone.now
    moved = box.post(
        "/playlists/move-track",
        {"source_playlist_id": playlist, "target_playlist_id": target, "track_id": ids[1], "target_position": 1},
    )
    assert moved["track"]["number"] == 1
    state = phone.wait_player(mark, active_playlist_id=target).data
    assert state["is_playing"] and state["active_track_id"] == ids[1] and state["track_index"] == 0
    assert phone.wait_for("state:track_deleted", since=mark).data["track_ids"] == [ids[1]]
    assert phone.wait_for("state:track_added", since=mark).data["playlist_id"] == target
    assert [t["id"] for t in box.get(f"/playlists/{playlist}")["tracks"]] == [ids[0], *ids[2:]]
    box.post("/player/stop")


def test_edits_are_told_and_stay(box: Box, phone: Phone, music: Music) -> None:
    playlist = box.playlist("edits", [music(236, 1)])
    phone.join("playlist", playlist_id=playlist)
    track = box.get(f"/playlists/{playlist}")["tracks"][0]["id"]
    mark = phone.now
    edited = box.ask("PUT", f"/playlists/{playlist}/tracks/{track}", {"title": "Kuh", "artist": "Emma"})
    assert (edited["title"], edited["artist"], edited["track"]["title"]) == ("Kuh", "Emma", "Kuh")
    told = phone.wait_for("state:track", since=mark)
    assert told.data["title"] == "Kuh" and told.payload["playlist_id"] == playlist
    changed = box.ask("PUT", f"/playlists/{playlist}", {"title": "Bauernhof", "description": "Tiere"})
    assert (changed["title"], changed["playlist"]["description"]) == ("Bauernhof", "Tiere")
    updated = phone.wait_for("state:playlist_updated", lambda e: e["data"]["playlist"]["title"] == "Bauernhof", mark)
    assert updated.payload["playlist_seq"] == changed["playlist_seq"]


def test_searching_with_spaces_and_accents(box: Box, music: Music) -> None:
    wanted = box.post("/playlists", {"title": "Märchen & mehr + Lieder"})["id"]
    for query in ("m%C3%A4rchen+lieder", "MARCHEN%20%26", "%2B+mehr"):
        assert [p["id"] for p in box.get(f"/playlists?q={query}")["playlists"]] == [wanted], query
    assert box.refusal("GET", "/playlists?q=%ff").status == 400


def test_the_log_is_told(box: Box) -> None:
    lines = box.get("/system/logs?limit=500")["logs"]
    assert any(line["message"] == "Listening" for line in lines)
    assert [line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines)
