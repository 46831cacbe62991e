"""`musicboxctl` as people and scripts use it: what it does, what it prints, and how it ends."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from box import Box, binary, free_port
from waiting import until

Music = Callable[..., Path]
OK, REFUSED, USAGE, BAD_DATA, NO_INPUT, UNREACHABLE = 0, 1, 64, 65, 66, 69


def ctl(url: str, *arguments: str | Path, status: int = OK) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [binary("musicboxctl"), "--url", url, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == status, f"{arguments}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended


def ctl_json(url: str, *arguments: str | Path) -> Any:
    return json.loads(ctl(url, *arguments, "--json").stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ctl") / "Bedtime stories"
    folder.mkdir()
    # Longer than all that is done while one of them plays takes on a busy machine.
    for number in (1, 2, 10):
        media.encode(folder / f"{number} story.mp3", media.melody(140 + number, 30), "mp3-cbr")
    (folder / "cover.jpg").write_bytes(b"not for playing")
    (folder / ".hidden.mp3").write_bytes(b"hidden")
    (folder / "notes.txt").write_text("not for playing")
    return folder


@pytest.fixture(scope="module")
def imported(box: Box, folder: Path) -> str:
    ctl(box.url, "import", folder, "--json")
    return next(p["id"] for p in box.get("/playlists")["playlists"] if p["title"] == "Bedtime stories")


def test_import_keeps_the_natural_order_and_skips_what_is_no_audio(box: Box, imported: str) -> None:
    tracks = box.get(f"/playlists/{imported}")["tracks"]
    assert [t["filename"] for t in tracks] == ["1 story.mp3", "2 story.mp3", "10 story.mp3"]


def test_import_names_what_cannot_be_played_and_goes_on(box: Box, tmp_path: Path) -> None:
    folder = tmp_path / "half good"
    folder.mkdir()
    media.encode(folder / "good.flac", media.melody(150, 1))
    (folder / "bad.mp3").write_text("no music " * 100)
    assert "bad.mp3" in ctl(box.url, "import", folder).stderr
    made = next(p for p in box.get("/playlists?limit=100")["playlists"] if p["title"] == "half good")
    assert made["track_count"] == 1


def test_import_of_nothing_playable_leaves_nothing(box: Box, tmp_path: Path) -> None:
    folder = tmp_path / "only text"
    folder.mkdir()
    (folder / "bad.mp3").write_text("no music " * 100)
    before = box.get("/playlists?limit=100")["total"]
    ctl(box.url, "import", folder, status=BAD_DATA)
    assert box.get("/playlists?limit=100")["total"] == before


def test_import_twice_does_not_double(box: Box, imported: str, folder: Path) -> None:
    assert "there already" in ctl(box.url, "import", folder, status=REFUSED).stderr
    titles = [p["title"] for p in box.get("/playlists?limit=100")["playlists"]]
    assert titles.count("Bedtime stories") == 1


def test_transport_commands(box: Box, imported: str) -> None:
    ctl(box.url, "start", "Bedtime stories", "2")
    box.wait_player("start", is_playing=True, track_index=1)
    assert "2 story" in ctl(box.url, "status").stdout
    assert ctl_json(box.url, "status")["active_track_number"] == 2
    ctl(box.url, "pause")
    box.wait_player("pause", state="paused")
    ctl(box.url, "toggle")
    box.wait_player("toggle", is_playing=True)
    ctl(box.url, "next")
    box.wait_player("next", track_index=2)
    # Beyond three seconds of it the track before is its own beginning.
    ctl(box.url, "pause")
    ctl(box.url, "seek", "0:00")
    ctl(box.url, "previous")
    box.wait_player("previous", track_index=1)
    ctl(box.url, "pause")
    ctl(box.url, "seek", "0:01")
    until(lambda: abs(box.player["position_ms"] - 1_000) <= 30, "the position after the seek")
    ctl(box.url, "play")
    ctl(box.url, "volume", "40")
    box.wait_player("volume", volume=40)
    ctl(box.url, "volume", "+20")
    box.wait_player("volume", volume=60)
    ctl(box.url, "volume", "mute")
    box.wait_player("mute", muted=True)
    ctl(box.url, "volume", "unmute")
    ctl(box.url, "stop")
    box.wait_player("stop", state="stopped")


def test_tags_from_the_command_line(box: Box, imported: str) -> None:
    ctl(box.url, "bind", "04:C7:1C:71", "Bedtime stories")
    assert box.get(f"/playlists/{imported}")["nfc_tag_ids"] == ["04c71c71"]
    ctl(box.url, "tap", "04c71c71")
    box.wait_player("tap", is_playing=True, active_playlist_id=imported)
    ctl(box.url, "remove")
    ctl(box.url, "stop")
    ctl(box.url, "unbind", "04c71c71")
    assert box.get(f"/playlists/{imported}")["nfc_tag_ids"] == []


def test_lists_and_health(box: Box, imported: str) -> None:
    assert "Bedtime stories" in ctl(box.url, "playlists").stdout
    listed = ctl_json(box.url, "playlists")
    listed = listed["playlists"] if isinstance(listed, dict) else listed
    assert "Bedtime stories" in {p["title"] for p in listed}
    assert "status" in ctl_json(box.url, "health")
    assert ctl(box.url, "health").stdout.strip()


def test_watch_tells_changes_and_ends_at_ctrl_c(box: Box, imported: str, tmp_path: Path) -> None:
    output = tmp_path / "watch"
    with open(output, "wb") as file:
        watch = subprocess.Popen(
            [binary("musicboxctl"), "--url", box.url, "watch", "--json"], stdin=subprocess.DEVNULL, stdout=file
        )
    try:
        until(lambda: output.stat().st_size, "the first line of watch")
        ctl(box.url, "start", imported, "1")
        until(lambda: "1 story" in output.read_text(), "the started track in watch")
        watch.send_signal(2)
        assert watch.wait(20) == OK
    finally:
        if watch.poll() is None:
            watch.kill()
            watch.wait(20)
    assert all(isinstance(json.loads(line), dict) for line in output.read_text().splitlines())
    ctl(box.url, "stop")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["no-such-command"], USAGE),
        (["seek"], USAGE),
        (["seek", "soon"], USAGE),
        (["volume", "loud"], USAGE),
        (["import", "/no/such/folder"], NO_INPUT),
        (["start", "no such playlist"], REFUSED),
        (["unbind", "04ffffff"], REFUSED),
    ],
)
def test_failures_end_as_documented(arguments: list[str], status: int, box: Box) -> None:
    ended = ctl(box.url, *arguments, status=status)
    assert ended.stderr.strip()
    if status != USAGE:
        lines = ended.stderr.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("musicboxctl: "), lines


def test_no_box_is_one_line() -> None:
    ended = ctl(f"http://127.0.0.1:{free_port()}", "status", status=UNREACHABLE)
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "musicboxd" in ended.stderr


def test_the_address_may_come_from_the_environment(box: Box) -> None:
    ended = subprocess.run(
        [binary("musicboxctl"), "status"],
        env={**os.environ, "MUSICBOX_URL": box.url},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == OK, ended.stderr


def test_demo_fills_an_empty_box_once(make_box: Callable[..., Box], card: Any) -> None:
    box = make_box(environment=card.environment).start()
    ctl(box.url, "demo")
    playlists = box.get("/playlists")["playlists"]
    assert len(playlists) >= 3
    assert all(p["track_count"] and p["nfc_tag_id"] for p in playlists)
    box.tap(playlists[0]["nfc_tag_id"])
    box.wait_player("tap of a demo tag", is_playing=True)
    ctl(box.url, "demo")
    assert box.get("/playlists")["total"] == len(playlists)


def test_sleep_and_speed(box: Box, imported: str) -> None:
    ctl(box.url, "start", "Bedtime stories")
    assert ctl(box.url, "sleep").stdout.strip() == "sleep off"
    armed = ctl_json(box.url, "sleep", "12.5")["sleep"]
    assert armed["until"] == "time" and armed["ends_at"]
    assert ctl(box.url, "sleep", "playlist").stdout.strip() == "sleep at the end of the playlist"
    assert box.player["sleep"]["until"] == "playlist"
    assert ctl_json(box.url, "sleep", "off")["sleep"] is None
    ctl(box.url, "sleep", "soon", status=USAGE)
    assert ctl_json(box.url, "speed", "1.5")["speed"] == 1.5
    assert ctl(box.url, "speed", "1").stdout.strip() == "speed 1.0"
    ctl(box.url, "stop")


def test_a_folder_with_a_cue_sheet_becomes_its_tracks(box: Box, tmp_path: Path) -> None:
    folder = tmp_path / "Concert"
    folder.mkdir()
    media.encode(folder / "concert.flac", media.melody(150, 6), "flac", {"title": "Concert"})
    marks = "".join(
        f'  TRACK 0{n} AUDIO\n    TITLE "Movement {n}"\n    INDEX 01 00:0{(n - 1) * 2}:00\n' for n in (1, 2, 3)
    )
    (folder / "concert.cue").write_text(f'FILE "concert.wav" WAVE\n{marks}')
    report = ctl_json(box.url, "import", folder)
    assert [track["title"] for track in report["playlists"][0]["tracks"]] == ["Movement 1", "Movement 2", "Movement 3"]
    assert not report["skipped"]
    tracks = box.get(f"/playlists/{report['playlists'][0]['id']}")["tracks"]
    assert [(t["title"], t["duration_ms"], t["album"]) for t in tracks] == [
        (f"Movement {n}", 2_000, "Concert") for n in (1, 2, 3)
    ]
