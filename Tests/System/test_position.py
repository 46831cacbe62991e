"""The position that phones show is the one that is heard."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse, Recording
from waiting import until

Music = Callable[..., Path]
TOLERANCE = 0.020  # seconds


@pytest.fixture(scope="module")
def track(music: Music) -> Path:
    return music(40, 20)


@pytest.fixture(scope="module")
def playlist(box: Box, track: Path) -> str:
    return box.playlist("position", [track])


@pytest.fixture
def playing(box: Box, card: Pulse, phone: Phone, playlist: str):
    """Plays from the start of the track; the recording began before."""
    with card.record() as before:
        # What the card still held when the test before stopped.
        before.wait_silence()
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/play/1")
        phone.wait_player(mark, is_playing=True)
        recording.wait_sound()
        yield recording
    if box.player["state"] != "stopped":
        box.post("/player/stop")


def pause(box: Box, phone: Phone, recording: Recording) -> int:
    """Pauses, and returns the position that counts once all that is heard before it was recorded: what the card still
    held when the pause came is heard as well, and the position is told after that."""
    mark = phone.now
    box.post("/player/pause")
    paused = phone.wait_player(mark, state="paused")
    told = phone.wait_for("state:track_position", lambda e: not e["data"]["is_playing"], paused.index)
    recording.wait_silence()
    return told.data["position_ms"]


def test_paused_position_is_the_amount_heard(playing, box: Box, phone: Phone, track: Path) -> None:
    playing.wait(1.7)
    told = pause(box, phone, playing)
    begin, end = sound.heard_span(playing.samples)
    heard = (end - begin) / RATE
    assert abs(box.player["position_ms"] / 1_000 - heard) <= TOLERANCE
    assert abs(told / 1_000 - heard) <= TOLERANCE
    assert sound.gaps(playing.samples) == []


def test_paused_position_after_a_resume_is_the_amount_heard(playing, box: Box, phone: Phone) -> None:
    """Twice: an error of one pause must not add to that of the next."""
    for _ in range(3):
        playing.wait(0.7)
        pause(box, phone, playing)
        silent_from = playing.frames
        box.post("/player/play")
        playing.wait_sound(silent_from)
    playing.wait(0.5)
    pause(box, phone, playing)
    # The pauses are digital silence longer than any of the melody's own zeros.
    recording = playing.samples
    begin, end = sound.heard_span(recording)
    silent = sum(frames for _, frames in sound.gaps(recording, shortest=0.1))
    assert abs(box.player["position_ms"] / 1_000 - (end - begin - silent) / RATE) <= 2 * TOLERANCE


def test_positions_come_every_200_ms_and_grow(playing, box: Box, phone: Phone) -> None:
    # The first of them say 0 until the first sample is out of the card.
    first = phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] > 0, phone.now)
    end = first.data["position_ms"] + 4_000
    last = phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] >= end, first.index)
    positions = [e for e in phone.heard("state:track_position", first.index) if e.index <= last.index]
    sent = np.array([event.payload["timestamp"] for event in positions])
    at = np.array([event.data["position_ms"] for event in positions])
    assert len(positions) >= 15, "4 s at 5 Hz, less what a busy machine skips"
    assert np.diff(sent).min() >= 150
    assert np.diff(at).min() > 0
    # The box's clock and the card's are one here: the position must run as the time does.
    assert np.abs((at - at[0]) - (sent - sent[0])).max() <= 40
    assert {event.data["track_id"] for event in positions} == {box.player["active_track_id"]}
    assert {event.data["duration_ms"] for event in positions} == {20_000}


@pytest.mark.parametrize("form", ["flac", "mp3-cbr", "mp3-vbr", "m4a-aac", "ogg", "opus"])
def test_a_seek_lands_where_it_should(form: str, box: Box, card: Pulse, phone: Phone, music: Music) -> None:
    file = music(41, 16, form)
    original = media.decode(file)
    playlist = box.playlist(f"seek {form}", [file])
    with card.record() as recording:
        box.post(f"/playlists/{playlist}/play/1")
        recording.wait_sound()
        mark = phone.now
        state = box.post("/player/seek", {"position_ms": 10_000})
        assert 9_950 <= state["position_ms"] <= 10_600
        # 10,000 is told from the command on, what lies behind it only once it is heard.
        phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] >= 10_400, mark)
        recording.wait(0.8)
        box.post("/player/stop")
        heard = recording.stop()
    target = 10 * RATE
    # 5 ms of ramp at the landing, then the track from there; what lies just before the target must not be heard.
    landed = sound.find(heard, original[target : target + RATE // 4])
    assert landed.correlation > 0.97
    before = sound.find(heard, original[target - RATE // 4 : target - RATE // 50])
    assert before.correlation < 0.8
    ramp = RATE // 50
    after = original[target + ramp : target + RATE // 4]
    assert abs(sound.find(heard, after).offset - (landed.offset + ramp)) <= 1


def test_seek_while_paused_stays_paused_and_plays_from_there(
    playing, box: Box, phone: Phone, track: Path
) -> None:
    pause(box, phone, playing)
    mark = phone.now
    assert box.post("/player/seek", {"position_ms": 15_000})["state"] == "paused"
    phone.wait_for("state:track_position", lambda e: abs(e["data"]["position_ms"] - 15_000) <= 20, mark)
    silent_from = playing.frames
    playing.wait(0.4)
    assert not np.any(playing.samples[silent_from:]), "a paused box makes no sound"
    box.post("/player/play")
    playing.wait_sound(silent_from)
    playing.wait(0.5)
    target = 15 * RATE
    original = media.decode(track)
    assert sound.find(playing.samples[silent_from:], original[target : target + RATE // 4]).correlation > 0.97


def test_the_end_is_reported_at_the_end(box: Box, card: Pulse, phone: Phone, music: Music) -> None:
    file = music(42, 2)
    playlist = box.playlist("short", [file])
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        ended = phone.wait_player(mark, state="stopped", is_playing=False)
        at_end = recording.frames
        recording.wait_silence()
        heard = recording.stop()
    last = max(e.data["position_ms"] for e in phone.heard("state:track_position", mark))
    assert last <= 2_000
    _, end = sound.heard_span(heard)
    # Told neither while the tail still sounds nor long after; the recording itself lags by some buffers.
    assert abs(end - at_end) < 0.4 * RATE
    assert ended.data["is_playing"] is False
