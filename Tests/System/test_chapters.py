"""Long files: chapters as tracks, and another speed."""

import subprocess
from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from test_sound import play_through
from waiting import until

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


def rest_of_second_chapter(box: Box, card: Pulse, playlist: str) -> np.ndarray:
    """What is heard of a playlist that was left at 200 ms of its second track, up to its end."""
    with card.record() as recording, Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{playlist}/play/2")
        box.wait_player("second chapter", is_playing=True, active_track_number=2)
        box.post("/player/pause")
        box.post("/player/seek", {"position_ms": 200})
        box.post("/player/stop")
        assert box.player["position_ms"] == 200 and box.player["active_track_number"] == 2
        error = box.refusal("POST", "/player/seek", {"position_ms": 1_601})
        assert error.status == 400
        recording.wait(1.6)
        begin = recording.frames
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True, active_track_number=2)
        phone.wait_player(mark, state="stopped", deadline=60)
        recording.wait(0.3)
        return recording.samples[begin:]


def test_places_and_resume_are_the_chapters_own(steady_box: Box, card: Pulse, book: Path) -> None:
    playlist = steady_box.playlist("Orte", [book])
    for _ in range(3):
        dropouts = steady_box.dropouts
        heard = rest_of_second_chapter(steady_box, card, playlist)
        # A card that runs dry under a busy machine leaves a gap, and is counted.
        if steady_box.dropouts == dropouts:
            break
    rest = media.decode(book)[(1_700 + 200) * RATE // 1000 :]
    # It fades in; from there on every sample counts.
    fade = RATE // 50
    offset = sound.find(heard, rest[fade:]).offset - fade
    assert sound.worst_difference(heard, rest[fade:], offset + fade) == 0
    begin, end = sound.heard_span(heard)
    assert offset <= begin < offset + fade and end <= offset + len(rest)


def test_speed_keeps_positions_and_is_remembered(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    box = make_box({"audio": {"buffer_ms": 1_000}}, card.environment).start()
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
        # By the box's clock: when this process gets to hear of it is another matter.
        told = phone.heard("state:track_position", mark)
        places = [(event.payload["timestamp"] / 1000, event.data["position_ms"]) for event in told]
    moving = [(at, place) for at, place in places if 1_000 < place < 11_000]
    # The slope of positions against the clock is the speed.
    slope = np.polyfit([at for at, _ in moving], [place / 1000 for _, place in moving], 1)[0]
    assert 1.9 < slope < 2.1
    box.restart()
    assert box.player["speed"] == 2


LOWEST, STEP = 300, 40


def staircase(path: Path, seconds: int) -> Path:
    """A tone that is 40 Hz higher in each second, so that its pitch tells the place."""
    time = np.arange(seconds * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(LOWEST + STEP * np.floor(time)) / RATE
    return media.encode(path, np.repeat((12_000 * np.sin(phase)).astype(np.int16)[:, None], 2, axis=1))


def seconds_heard(heard: np.ndarray) -> list[float]:
    """How long each step of the staircase is heard, by the pitch of windows of 50 ms; some lie across two of them."""
    window = RATE // 20
    lengths = [0.0] * 40
    across = 0
    for begin in range(0, len(heard) - window, window):
        if not heard[begin : begin + window].any():
            continue
        spectrum = np.abs(np.fft.rfft(sound.mono(heard[begin : begin + window]) * np.hanning(window), 16 * window))
        pitch = spectrum.argmax() * RATE / (16 * window)
        step = (pitch - LOWEST) / STEP
        assert -0.5 < step < 16.5, f"{pitch} Hz is none of the file's"
        across += abs(step - round(step)) > 0.3
        lengths[round(step)] += window / RATE
    assert across <= 16
    return lengths


def test_speed_changes_while_it_plays(make_box: Callable[..., Box], card: Pulse, tmp_path: Path) -> None:
    # A second of buffer against a busy machine: each change is heard a second later.
    box = make_box({"audio": {"buffer_ms": 1_000}}, card.environment).start()
    playlist = box.playlist("Stufen", [staircase(tmp_path / "steps.flac", 16)])

    def reached(seconds: float) -> float:
        """The position, once it is there."""
        place = 0.0

        def is_there() -> bool:
            nonlocal place
            place = box.player["position_ms"] / 1000
            return place >= seconds

        until(is_there, lambda: f"the position {seconds}; it is {place}", every=0.02)
        return place

    def change(speed: float) -> float:
        """The position when it was done."""
        box.post("/player/speed", {"speed": speed})
        return box.player["position_ms"] / 1000

    with Phone(box.url, "playlists") as phone, card.record() as recording:
        box.post(f"/playlists/{playlist}/start")
        reached(3)
        fast = change(2)
        end = reached(fast + 5.1)
        slow = change(0.5)
        stop = reached(slow + 5)
        mark = phone.now
        box.post("/player/pause")
        # It is heard when what the card holds was played.
        recording.wait(1.3)
        paused = phone.wait_for("state:track_position", lambda e: not e["data"]["is_playing"], mark)
        place = paused.data["position_ms"] / 1000
        recording.wait(0.2)
        lengths = seconds_heard(sound.trimmed(recording.stop()))
    # Whole seconds apart from the changes, which are heard a buffer of a sound server later, a second and a third: as
    # recorded, in half of the time, in twice the time; no pitch in between.
    twice, half = range(ceil(fast + 1.5), int(end)), range(ceil(slow + 3), int(stop))
    assert len(twice) >= 2 and len(half) >= 1
    assert np.allclose(lengths[:3], 1, atol=0.15)
    assert np.allclose([lengths[step] for step in twice], 0.5, atol=0.15)
    assert np.allclose([lengths[step] for step in half], 2, atol=0.25)
    last = max(step for step, length in enumerate(lengths) if length > 0)
    assert abs(last + lengths[last] / 2 - place) < 0.1
