"""Radio stations and podcasts: what lines do to them, and that nothing else suffers from it."""

import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import media
import sound
from box import Box, binary, free_port
from phone import Phone
from pulse import RATE, Pulse
from station import Station
from test_position import pause
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
        # It plays from the first two thirds of a second on: the line is to stall later than that.
        phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] > 1_000, mark)
        mark = phone.now
        station.stalled.set()
        waiting = phone.wait_player(mark, state="loading", deadline=40)
        assert waiting.data["position_ms"] > 1000 and waiting.data.get("error_message") is None
        station.stalled.clear()
        again = phone.wait_player(waiting.index, is_playing=True, deadline=40)
        station.stalled.set()
        phone.wait_player(again.index, state="loading", deadline=40)
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
    lines = len(station.requests)

    def refused_twice() -> bool:
        # Again and again: a line that was let in just before may begin to be served just after.
        station.cut()
        return len(station.requests) >= lines + 2

    until(refused_twice, "further attempts")
    station.refuses = False
    until(lambda: box.player["position_ms"] > 9000 and box.player["is_playing"], "music after the cuts", deadline=60)
    box.post("/player/stop")


def test_an_episode_is_whole_over_a_cut(box: Box, card: Pulse, station: Station) -> None:
    station.cut_at = len(station.data) // 2
    playlist = add(box, "Episode", station.episode)
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        recording.wait_silence()
        begin = recording.frames
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped", deadline=90)
        recording.wait_silence()
        heard = recording.stop()[begin:]
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


def test_a_length_that_is_too_short_ends_the_episode_early(box: Box, station: Station) -> None:
    station.lie = -len(station.data) // 2
    playlist = add(box, "Half", station.episode)
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        ended = phone.wait_player(mark, state="stopped", deadline=60).data
        assert ended["active_playlist_id"] == playlist and ended.get("error_message") is None


def test_a_seek_in_an_episode_asks_for_what_is_heard_only(
    make_box: Callable[..., Box], card: Pulse, tmp_path: Path
) -> None:
    whole = media.melody(75, 120)
    file = media.encode(tmp_path / "episode.mp3", whole, "mp3-cbr")
    box = make_box({"audio": {"buffer_ms": 1_000}}, card.environment).start()
    with Station(file, PACE) as station, Phone(box.url, "playlists") as phone, card.record() as recording:
        box.post(f"/playlists/{add(box, 'Long', station.episode)}/start")
        box.wait_player("start", is_playing=True)
        box.post("/player/seek", {"position_ms": 90_000})
        box.wait_player("the place", is_playing=True)
        until(lambda: box.player["position_ms"] >= 92_000, "two seconds of it")
        told = pause(box, phone, recording) / 1000
        heard = sound.trimmed(recording.stop())
        places = [int(wanted.removeprefix("bytes=").rstrip("-")) for _, wanted in station.requests if wanted]
    assert any(place > len(file.read_bytes()) // 2 for place in places), places
    place, likeness = sound.position_at(heard, len(heard) - RATE // 2, whole, RATE // 3)
    assert likeness > 0.98
    assert abs(place + 0.5 - told) < 0.05


@pytest.mark.parametrize("steps", [1, 5])
def test_redirects_are_followed(box: Box, station: Station, steps: int) -> None:
    station.moved = steps
    playlist = add(box, f"Moved {steps}", station.redirected)
    box.post(f"/playlists/{playlist}/start")
    box.wait_player("start", is_playing=True)
    assert station.requests[-1][0] == "/episode.mp3"
    box.post("/player/stop")


def test_redirects_in_a_circle_are_an_error(box: Box, station: Station) -> None:
    station.moved = -1
    playlist = add(box, "Circle", station.redirected)
    box.post(f"/playlists/{playlist}/start")
    until(lambda: box.player["state"] == "error", "the refusal", deadline=60)
    assert "a.mp3" in box.player["error_message"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Made by itself: nobody trusts it who is not told to."""
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    # fmt: off
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    # fmt: on
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


@pytest.fixture
def secure(music: Music, certificate: tuple[Path, ssl.SSLContext]) -> Iterator[Station]:
    with Station(music(70, 8, "mp3-cbr"), PACE, certificate[1]) as station:
        yield station


def test_https_is_played(
    make_box: Callable[..., Box], card: Pulse, secure: Station, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    box = make_box(environment={**card.environment, "SSL_CERT_FILE": str(certificate[0])}).start()
    for name, url in {"Live": secure.live, "Episode": secure.episode}.items():
        box.post(f"/playlists/{add(box, name, url)}/start")
        box.wait_player("start", is_playing=True, active_playlist_title=name)
        until(lambda: box.player["position_ms"] > 500, "half a second of it")
    # Another name than the certificate's.
    box.post(f"/playlists/{add(box, 'Other', secure.live.replace('localhost', '127.0.0.1'))}/start")
    box.wait_player("the refusal", state="error")
    assert "certificate" in box.player["error_message"]


def test_a_certificate_that_nobody_vouches_for_is_refused(box: Box, secure: Station) -> None:
    playlist = add(box, "Untrusted", secure.live)
    lines: list[object] = []

    def count(_: object, address: object) -> bool:
        lines.append(address)
        return True

    secure.server.verify_request = count  # type: ignore[method-assign]
    box.post(f"/playlists/{playlist}/start")
    box.wait_player("the refusal", state="error")
    assert "live.mp3" in box.player["error_message"] and "certificate" in box.player["error_message"]
    # It is not tried again and again, as a line that is down would be for twenty seconds.
    assert len(lines) <= 2 and not secure.requests


def test_without_a_server_the_next_track_plays(box: Box, music: Music) -> None:
    playlist = add(box, "Nobody", f"http://127.0.0.1:{free_port()}/a.mp3", f"http://127.0.0.1:{free_port()}/b/")
    box.upload(playlist, music(72, 30))
    box.post(f"/playlists/{playlist}/start")
    assert box.player["state"] == "loading"
    # The box answers while it tries.
    assert box.post("/player/pause")["state"] == "paused"
    box.post("/player/play")
    box.post("/player/next")
    box.post("/player/next")
    box.wait_player("the file behind them", is_playing=True, active_track_number=3)
    box.post("/player/stop")
