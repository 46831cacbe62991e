"""Long files: chapters as tracks, and another speed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from test_sound import play_through

Music = Callable[..., Path]
STARTS = [0, 1_700, 3_300, 6_000]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds in three chapters, without loss."""
    directory = tmp_path_factory.mktemp("book")
    wav = media.write_wav(directory / "book.wav", media.melody(80, 6))
    marks = directory / "marks.txt"
    chapters = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={begin}\nEND={end}\ntitle=Kapitel {number}\n"
        for number, (begin, end) in enumerate(zip(STARTS, STARTS[1:]), 1)
    )
    marks.write_text(f";FFMETADATA1\ntitle=Buch\n{chapters}")
    book = directory / "book.m4b"
    command = ["ffmpeg", "-v", "error", "-y", "-i", wav, "-i", marks, "-map_metadata", "1", "-c:a", "alac", "-f", "mp4"]
    subprocess.run([*command, book], check=True)
    return book


def test_chapters_are_tracks_without_a_seam(steady_box: Box, card: Pulse, book: Path) -> None:
    playlist = steady_box.playlist("Buch", [book])
    tracks = steady_box.get(f"/playlists/{playlist}")["tracks"]
    assert [track["title"] for track in tracks] == ["Kapitel 1", "Kapitel 2", "Kapitel 3"]
    assert [track["duration_ms"] for track in tracks] == [end - begin for begin, end in zip(STARTS, STARTS[1:])]
    assert {track["album"] for track in tracks} == {"Buch"}
    whole = media.decode(book)
    recording = play_through(steady_box, card, playlist)
    assert sound.worst_difference(recording, whole, sound.find(recording, whole).offset) == 0


def test_places_and_resume_are_the_chapters_own(steady_box: Box, card: Pulse, book: Path) -> None:
    box = steady_box
    playlist = box.playlist("Orte", [book])
    with card.record() as recording, Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{playlist}/play/2")
        box.wait_player("second chapter", is_playing=True, active_track_number=2)
        box.post("/player/pause")
        box.post("/player/seek", {"position_ms": 200})
        box.post("/player/stop")
        assert box.player["position_ms"] == 200 and box.player["active_track_number"] == 2
        error = box.refusal("POST", "/player/seek", {"position_ms": 1_601})
        assert error.status == 400
        recording.wait(1.2)
        begin = recording.frames
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True, active_track_number=2)
        phone.wait_player(mark, state="stopped", deadline=60)
        recording.wait(0.3)
        heard = recording.samples[begin:]
    rest = media.decode(book)[(1_700 + 200) * RATE // 1000 :]
    assert sound.find(heard, rest[RATE // 10 :]).correlation > 0.99
    assert abs((~(heard == 0).all(axis=1)).sum() - len(rest)) < 0.05 * RATE


def test_speed_keeps_positions_and_is_remembered(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    box = make_box(environment=card.environment).start()
    playlist = box.playlist("Tempo", [music(81, 12)])
    assert box.player["speed"] == 1
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        phone.emit("player:speed", {"speed": 2})
        phone.wait_player(speed=2)
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped", deadline=60)
        recording.wait(0.3)
        heard = recording.stop()
        sounding = (~(heard == 0).all(axis=1)).sum() / RATE
        assert abs(sounding - 6) < 0.2
        places = [(event.at, event.data["position_ms"]) for event in phone.heard("state:track_position", mark)]
    moving = [(at, place) for at, place in places if 1_000 < place < 11_000]
    # The slope of positions against the clock is the speed.
    slope = np.polyfit([at for at, _ in moving], [place / 1000 for _, place in moving], 1)[0]
    assert 1.9 < slope < 2.1
    box.restart()
    assert box.player["speed"] == 2
