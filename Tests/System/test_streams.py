"""Radio stations and podcasts: what lines do to them, and that nothing else suffers from it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from box import Box, binary, free_port
from phone import Phone
from pulse import RATE, Pulse
from station import Station
from waiting import until

Music = Callable[..., Path]
PACE = 192_000 // 8  # of mp3-cbr


@pytest.fixture
def station(music: Music) -> Station:
    with Station(music(70, 8, "mp3-cbr"), PACE) as station:
        yield station


def add(box: Box, title: str, *urls: str) -> str:
    playlist = box.post("/playlists", {"title": title})["id"]
    for url in urls:
        box.post(f"/playlists/{playlist}/tracks", {"url": url})
    return playlist


def test_a_station_plays_and_says_what(box: Box, station: Station) -> None:
    playlist = box.post("/playlists", {"title": "Radio"})["id"]
    command = [binary("musicboxctl"), "--url", box.url, "add-url", "Radio", station.live, "--title", "Sender"]
    subprocess.run(command, check=True, capture_output=True)
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, active_track_title="Kapelle - Lied 1")
        station.title = "Kapelle - Lied 2"
        found = phone.wait_player(mark, active_track_title="Kapelle - Lied 2").data
        assert found["active_track"]["title"] == "Sender" and found["duration_ms"] is None
        box.post("/player/stop")
        assert box.player["active_track_title"] == "Sender"


def test_a_stall_is_loading_and_disturbs_nobody(box: Box, station: Station, music: Music) -> None:
    playlist = add(box, "Stalls", station.live)
    local = box.playlist("At home", [music(71, 5)])
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        mark = phone.now
        station.stalled.set()
        waiting = phone.wait_player(mark, state="loading", deadline=40).data
        assert waiting["position_ms"] > 1000 and waiting.get("error_message") is None
        station.stalled.clear()
        phone.wait_player(mark, is_playing=True, deadline=40)
        station.stalled.set()
        mark = phone.now
        phone.wait_player(mark, state="loading", deadline=40)
        # What lies at home is played at once, line or no line.
        mark = phone.now
        begin = time.monotonic()
        box.post(f"/playlists/{local}/start")
        phone.wait_player(mark, is_playing=True, active_playlist_id=local)
        assert time.monotonic() - begin < 5
    box.post("/player/stop")
    station.stalled.clear()


def test_a_cut_line_is_made_again(box: Box, station: Station) -> None:
    playlist = add(box, "Cuts", station.live)
    box.post(f"/playlists/{playlist}/start")
    box.wait_player("start", is_playing=True)
    lines = len(station.requests)
    station.cut()
    until(lambda: len(station.requests) > lines, "a second line")
    station.refuses = True
    station.cut()
    lines = len(station.requests)
    until(lambda: len(station.requests) >= lines + 2, "further attempts")
    station.refuses = False
    until(lambda: box.player["position_ms"] > 9000 and box.player["is_playing"], "music after the cuts", deadline=60)
    box.post("/player/stop")


def test_an_episode_is_whole_over_a_cut(box: Box, card: Pulse, station: Station) -> None:
    station.cut_at = len(station.data) // 2
    playlist = add(box, "Episode", station.episode)
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped", deadline=90)
        recording.wait(0.3)
        heard = recording.stop()
    assert any(wanted == f"bytes={station.cut_at}-" for _, wanted in station.requests), station.requests
    silent = (heard == 0).all(axis=1)
    assert abs((~silent).sum() - 8 * RATE) < 0.2 * RATE


def test_a_length_that_is_a_lie_ends_where_the_sound_ends(box: Box, station: Station) -> None:
    station.lie = 400_000
    playlist = add(box, "Lies", station.episode)
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        ended = phone.wait_player(mark, state="stopped", deadline=90).data
        assert ended["active_playlist_id"] == playlist


def test_without_a_server_the_next_track_plays(box: Box, music: Music) -> None:
    playlist = add(box, "Nobody", f"http://127.0.0.1:{free_port()}/a.mp3", f"http://127.0.0.1:{free_port()}/b/")
    box.upload(playlist, music(72, 3))
    box.post(f"/playlists/{playlist}/start")
    assert box.player["state"] == "loading"
    # The box answers while it tries.
    assert box.post("/player/pause")["state"] == "paused"
    box.post("/player/play")
    box.post("/player/next")
    box.post("/player/next")
    box.wait_player("the file behind them", is_playing=True, active_track_number=3)
    box.post("/player/stop")
