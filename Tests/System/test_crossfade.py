"""The end of a track and the beginning of the next one sound together: exactly, and without clipping."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse

SECONDS = 1.5


def melody(directory: Path, seed: int, seconds: float, level: float = 1) -> Path:
    """As loud as it can be: two of these at full level would clip."""
    samples = media.melody(seed, seconds).astype(np.float64)
    samples *= level * 32_767 / np.abs(samples).max()
    return media.encode(directory / f"{seed}.flac", samples.astype(np.int16))


def crossfaded(first: np.ndarray, second: np.ndarray, frames: int) -> np.ndarray:
    """The definition: weights that add up to 1, falling and rising as a smooth step."""
    place = ((np.arange(frames) + 0.5) / frames)[:, None]
    rise = place * place * (3 - 2 * place)
    both = first[-frames:] * (1 - rise) + second[:frames] * rise
    return np.concatenate([first[:-frames], both, second[frames:]])


@pytest.fixture
def fading_box(make_box: Callable[..., Box], card: Pulse) -> Box:
    config = {"audio": {"crossfade_ms": int(SECONDS * 1_000), "buffer_ms": 750}}
    box = make_box(config, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    return box


def test_tracks_overlap_exactly(fading_box: Box, card: Pulse, tmp_path: Path) -> None:
    files = [melody(tmp_path, 90, 7), melody(tmp_path, 91, 6), melody(tmp_path, 92, 2)]
    parts = [media.decode(file).astype(np.float64) for file in files]
    frames = int(SECONDS * RATE)
    # Of the last one half stays its own: it is too short for all of it.
    wanted = crossfaded(crossfaded(parts[0], parts[1], frames), parts[2], len(parts[2]) // 2)
    playlist = fading_box.playlist("fading", files)
    with Phone(fading_box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        fading_box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, track_index=1)
        phone.wait_player(mark, track_index=2)
        phone.wait_player(mark, state="stopped", is_playing=False)
        recording.wait(0.3)
        heard = sound.trimmed(recording.stop())
    assert abs(len(heard) - len(wanted)) <= 1
    same = min(len(heard), len(wanted))
    assert np.abs(heard[:same] - wanted[:same]).max() <= 1


def test_a_successor_taken_back_leaves_the_track_its_end(fading_box: Box, card: Pulse, tmp_path: Path) -> None:
    file, other = melody(tmp_path, 93, 5), melody(tmp_path, 94, 4)
    playlist = fading_box.playlist("alone", [file, other])
    with Phone(fading_box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        fading_box.post(f"/playlists/{playlist}/start")
        # The decoder has made the crossfade when the timer takes the next track away.
        recording.wait_sound()
        recording.wait(0.3)
        fading_box.post("/player/sleep", {"until": "track"})
        fading_box.ask("DELETE", "/player/sleep")
        fading_box.post("/player/sleep", {"minutes": 60})
        phone.wait_player(mark, track_index=1)
        phone.wait_player(mark, state="stopped", is_playing=False)
        recording.wait(0.3)
        heard = sound.trimmed(recording.stop())
    parts = [media.decode(part).astype(np.float64) for part in (file, other)]
    # On a machine so slow that the end was due when the next track came back, they follow one another.
    overlapping, plain = crossfaded(parts[0], parts[1], int(SECONDS * RATE)), np.concatenate(parts)
    wanted = min(overlapping, plain, key=lambda sound: abs(len(sound) - len(heard)))
    same = min(len(heard), len(wanted))
    assert abs(len(heard) - len(wanted)) <= 1
    assert np.abs(heard[:same] - wanted[:same]).max() <= 1


def test_short_tracks_overlap_by_no_more_than_half_of_the_shorter(
    fading_box: Box, card: Pulse, tmp_path: Path
) -> None:
    files = [melody(tmp_path, 95, 6), melody(tmp_path, 96, 0.8), melody(tmp_path, 97, 1.2), melody(tmp_path, 98, 4)]
    lengths = [len(media.decode(file)) for file in files]
    playlist = fading_box.playlist("short", files)
    with Phone(fading_box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        fading_box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, track_index=3)
        phone.wait_player(mark, state="stopped", is_playing=False)
        recording.wait(0.3)
        heard = sound.trimmed(recording.stop())
    # What is decoded long before it is heard may overlap less, and follows at once then.
    least = sum(lengths) - sum(min(int(SECONDS * RATE), min(pair) // 2) for pair in zip(lengths, lengths[1:]))
    assert least - 1 <= len(heard) <= sum(lengths)
    # Each begins and ends softly, over 5 ms.
    assert not sound.gaps(heard, 0.005)
    # The middle of each is its own: at full level, without a trace of its neighbours.
    for file, length in list(zip(files, lengths))[1:3]:
        middle = media.decode(file)[length // 2 - 200 : length // 2 + 200]
        assert sound.find(heard, middle).correlation > 0.9
