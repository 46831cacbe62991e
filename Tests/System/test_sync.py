"""Files that come into the media directory by other means than the box's own."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from box import Box
from phone import Phone
from waiting import until

Music = Callable[..., Path]
SILENT = {"audio": {"device": "silent"}}
BY_HAND = {**SILENT, "library": {"watch": False}}


@pytest.fixture
def box(make_box: Callable[..., Box]) -> Box:
    """Syncs only when it is asked to."""
    return make_box(BY_HAND).start()


def put(box: Box, folder: str, *files: Path, names: tuple[str, ...] = ()) -> Path:
    """Files as somebody copied them some time ago."""
    target = box.state / "media" / folder
    target.mkdir(parents=True, exist_ok=True)
    for file, name in zip(files, names or [file.name for file in files], strict=True):
        shutil.copyfile(file, target / name)
        os.utime(target / name, (1_700_000_000, 1_700_000_000))
    return target


def sync(box: Box) -> dict[str, Any]:
    return box.post("/playlists/sync")


def playlists(box: Box) -> dict[str, dict[str, Any]]:
    return {p["title"]: box.get(f"/playlists/{p['id']}") for p in box.get("/playlists?limit=100")["playlists"]}


def names(playlist: dict[str, Any]) -> list[str]:
    return [track["filename"] for track in playlist["tracks"]]


def everything(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_folders_become_playlists_and_are_announced(box: Box, music: Music) -> None:
    put(box, "Stories", music(1), music(2), music(3), names=("10 c.flac", "2 b.flac", "1 a.flac"))
    put(box, "Books/Big/CD 1", music(4), names=("1.flac",))
    put(box, "Books/Big/CD 2", music(5), names=("1.flac",))
    put(box, "", music(6), names=("loose.flac",))
    (box.state / "media" / "Stories" / "notes.txt").write_text("no music")
    (box.state / "media" / "Stories" / ".hidden.flac").write_bytes(music(1).read_bytes())
    before = everything(box.state / "media")
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        told = sync(box)
        assert (told["playlists_count"], told["tracks_added"], told["tracks_removed"]) == (3, 6, 0)
        assert told["skipped"] == [] and told["server_seq"] > 0
        phone.wait_for("state:playlists", lambda e: len(e["data"]["playlists"]) == 3, mark)
        assert len(phone.heard("state:playlist_created", mark)) == 3
        assert len(phone.heard("state:track_added", mark)) == 6
    found = playlists(box)
    assert names(found["Stories"]) == ["1 a.flac", "2 b.flac", "10 c.flac"]
    assert [t["file_path"] for t in found["Big"]["tracks"]] == ["Books/Big/CD 1/1.flac", "Books/Big/CD 2/1.flac"]
    assert names(found["Music"]) == ["loose.flac"]
    assert abs(found["Stories"]["tracks"][0]["duration_ms"] - 4_000) < 100
    assert sync(box)["tracks_added"] == 0
    assert playlists(box) == {t: {**p, "server_seq": playlists(box)[t]["server_seq"]} for t, p in found.items()}
    assert everything(box.state / "media") == before


def test_what_moves_keeps_its_tag_and_resume_point(box: Box, music: Music) -> None:
    folder = put(box, "Old name", music(1), music(2), names=("1.flac", "2.flac"))
    put(box, "Other", music(3))
    sync(box)
    old = playlists(box)["Old name"]
    box.bind("04aa0001", old["id"])
    box.post(f"/playlists/{old['id']}/play/2")
    box.post("/player/seek", {"position_ms": 1_500})
    box.post("/player/pause")
    folder.rename(folder.parent / "New name")
    told = sync(box)
    assert (told["tracks_moved"], told["tracks_added"], told["tracks_removed"]) == (2, 0, 0)
    new = playlists(box)["New name"]
    assert (new["id"], new["nfc_tag_ids"]) == (old["id"], ["04aa0001"])
    assert [t["id"] for t in new["tracks"]] == [t["id"] for t in old["tracks"]]
    assert [t["file_path"] for t in new["tracks"]] == ["New name/1.flac", "New name/2.flac"]
    assert box.post("/player/play")["position_ms"] >= 1_400
    box.post("/player/stop")

    # One file goes to the folder of another playlist.
    media = box.state / "media"
    (media / "New name" / "1.flac").rename(media / "Other" / "a.flac")
    assert sync(box)["tracks_moved"] == 1
    assert names(playlists(box)["New name"]) == ["2.flac"]
    assert old["tracks"][0]["id"] in [t["id"] for t in playlists(box)["Other"]["tracks"]]


def test_what_vanishes_goes_but_not_with_its_whole_folder(box: Box, music: Music) -> None:
    folder = put(box, "Stick", music(1), music(2), music(3), names=("1.flac", "2.flac", "3.flac"))
    put(box, "Stays", music(4))
    sync(box)
    playlist = playlists(box)["Stick"]["id"]
    box.bind("04aa0002", playlist)
    (folder / "2.flac").unlink()
    assert sync(box)["tracks_removed"] == 1
    assert names(playlists(box)["Stick"]) == ["1.flac", "3.flac"]
    assert [t["number"] for t in playlists(box)["Stick"]["tracks"]] == [1, 2]

    # A stick that was pulled out: the folder is empty, or gone.
    away = box.directory / "away"
    folder.rename(away)
    for _ in range(2):
        told = sync(box)
        assert (told["tracks_removed"], told["tracks_missing"], told.get("notice")) == (0, 2, None)
        folder.mkdir(exist_ok=True)
    folder.rmdir()
    away.rename(folder)
    told = sync(box)
    assert (told["tracks_removed"], told["tracks_missing"], told["tracks_added"]) == (0, 0, 0)
    assert playlists(box)["Stick"]["nfc_tag_ids"] == ["04aa0002"]

    # The card with all the music.
    media = box.state / "media"
    media.rename(box.directory / "all")
    media.mkdir()
    told = sync(box)
    assert "mounted" in told["notice"] and told["tracks_removed"] == 0
    media.rmdir()
    assert "cannot be read" in sync(box)["notice"]
    (box.directory / "all").rename(media)
    assert "notice" not in sync(box)
    assert playlists(box)["Stick"]["track_count"] == 2


def test_a_folder_that_cannot_be_read_loses_nothing(box: Box, music: Music) -> None:
    if os.geteuid() == 0:
        # Root reads everything, but a link in a circle nobody follows.
        folder = put(box, "Hidden", music(1))
        put(box, "Seen", music(2))
        sync(box)
        shutil.move(folder, box.directory / "hidden")
        folder.symlink_to("Hidden")
        told = sync(box)
        assert told["tracks_removed"] == 0 and [s["file"] for s in told["skipped"]] == ["Hidden"]
    else:
        folder = put(box, "Hidden", music(1))
        put(box, "Seen", music(2))
        sync(box)
        folder.chmod(0)
        try:
            told = sync(box)
        finally:
            folder.chmod(0o755)
        assert told["tracks_removed"] == 0 and [s["file"] for s in told["skipped"]] == ["Hidden"]
    assert playlists(box)["Hidden"]["track_count"] == 1


def test_unplayable_files_are_named_and_changed_ones_are_looked_at_again(box: Box, music: Music) -> None:
    folder = put(box, "Mixed", music(1))
    (folder / "bad.mp3").write_text("no music " * 100)
    (folder / "empty.mp3").write_bytes(b"")
    told = sync(box)
    assert told["tracks_added"] == 1
    assert sorted(s["file"] for s in told["skipped"]) == ["Mixed/bad.mp3", "Mixed/empty.mp3"]
    assert all(s["reason"] for s in told["skipped"])
    shutil.copyfile(music(2, 6), folder / music(1).name)
    shutil.copyfile(music(3), folder / "bad.mp3")
    assert sync(box)["tracks_added"] == 1
    tracks = {t["filename"]: t for t in playlists(box)["Mixed"]["tracks"]}
    assert abs(tracks[music(1).name]["duration_ms"] - 6_000) < 100
    assert tracks[music(1).name]["file_size"] == music(2, 6).stat().st_size


def test_a_file_that_is_being_copied_is_waited_for(box: Box, music: Music) -> None:
    data = music(7, 8).read_bytes()
    folder = put(box, "Slow", music(1))
    target = folder / "slow.flac"
    written = threading.Event()
    pauses: list[float] = []

    def copy() -> None:
        with open(target, "wb") as file:
            step = len(data) // 8 + 1
            before = time.monotonic()
            for start in range(0, len(data), step):
                now = time.monotonic()
                file.write(data[start : start + step])
                file.flush()
                pauses.append(time.monotonic() - before)
                before = now
                written.wait(0.3)  # the pace of a slow network

    copier = threading.Thread(target=copy)
    copier.start()
    until(lambda: target.exists() and target.stat().st_size, "the beginning of the copy")
    told = sync(box)
    copier.join()
    # A file that rests for a second counts as whole, and this one did if the machine held up its copying.
    if told["unfinished"] or max(pauses) >= 1:
        sync(box)
    track = next(t for t in playlists(box)["Slow"]["tracks"] if t["filename"] == "slow.flac")
    assert track["file_size"] == len(data)
    assert abs(track["duration_ms"] - 8_000) < 100


def test_the_box_finds_new_files_by_itself_and_doubles_none(make_box: Callable[..., Box], music: Music) -> None:
    box = make_box(SILENT).start()
    uploaded = box.playlist("Uploaded", [music(1), music(2)])
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        put(box, "Deep/Deeper", music(3))
        phone.wait_for("state:playlist_created", lambda e: e["data"]["playlist"]["title"] == "Deeper", mark)
        put(box, "Deep/Deeper", music(4))
        until(lambda: playlists(box)["Deeper"]["track_count"] == 2, "the second file")
        (box.state / "media" / "Deep").rename(box.state / "media" / "Renamed")
        moved = "Renamed/Deeper/"
        until(
            lambda: all(t["file_path"].startswith(moved) for t in playlists(box)["Deeper"]["tracks"]),
            "the renamed folder",
        )
    found = playlists(box)
    assert set(found) == {"Uploaded", "Deeper"}
    assert found["Uploaded"]["id"] == uploaded and found["Uploaded"]["track_count"] == 2
    assert found["Deeper"]["track_count"] == 2
