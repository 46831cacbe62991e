"""Loud and quiet masters are heard equally loud, each from its first sample to its last."""

import re
import sqlite3
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
from waiting import until


def lufs(samples: np.ndarray) -> float:
    """Integrated loudness by ffmpeg's ebur128."""
    command = ["ffmpeg", "-nostats", "-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0"]
    command += ["-filter_complex", "ebur128", "-f", "null", "-"]
    data = samples.astype("<i2").tobytes()
    text = subprocess.run(command, input=data, check=True, capture_output=True).stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", text)[-1])


def measured(box: Box) -> dict[str, float]:
    """What the box knows of its files by now: name without extension -> LUFS."""
    with sqlite3.connect(f"file:{box.state}/musicbox.db?mode=ro", uri=True, timeout=30) as library:
        rows = library.execute("SELECT file_path, integrated FROM loudness WHERE is_final").fetchall()
    return {Path(path).stem: value for path, value in rows}


def wait_measured(box: Box, *names: str) -> dict[str, float]:
    until(lambda: set(names) <= set(measured(box)), lambda: f"{names} to be measured; there are {measured(box)}", 180)
    return measured(box)


def play(box: Box, card: Pulse, playlist: str) -> np.ndarray:
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, is_playing=False, state="stopped", deadline=90)
        recording.wait(0.3)
        return sound.trimmed(recording.stop())


@pytest.fixture
def masters(tmp_path: Path) -> tuple[Path, Path]:
    """Two pieces mastered 12 LU apart."""
    loud, quiet = media.melody(80, 4), media.melody(81, 4)
    scale = 10 ** ((lufs(loud) - 12 - lufs(quiet)) / 20)
    return (
        media.encode(tmp_path / "loud.flac", loud),
        media.encode(tmp_path / "quiet.flac", (quiet * scale).astype(np.int16)),
    )


def test_masters_far_apart_are_heard_equally_loud(
    make_box: Callable[..., Box], card: Pulse, masters: tuple[Path, Path]
) -> None:
    originals = [media.decode(master) for master in masters]
    assert abs(lufs(originals[0]) - lufs(originals[1]) - 12) < 0.3, "the masters are not what this test needs"
    box = make_box({"audio": {"normalize": True, "buffer_ms": 1_000}}, card.environment).start()
    playlist = box.playlist("masters", list(masters))
    # A power cut in the middle: what was not measured is measured then.
    box.kill9()
    box.start()
    found = wait_measured(box, "loud", "quiet")
    for name, original in zip(("loud", "quiet"), originals):
        assert abs(found[name] - lufs(original)) < 0.2
    box.post("/player/volume", {"volume": 100})
    heard = play(box, card, playlist)
    joint = len(originals[0])
    parts = [heard[:joint], heard[joint:]]
    levels = [lufs(part) for part in parts]
    assert abs(levels[0] - levels[1]) < 1
    for part_level in levels:
        assert abs(part_level + 18) < 1

    # The gain changes between two samples, with the track: dither aside, each is its original times its gain.
    for part, original, name in zip(parts, originals, ("loud", "quiet")):
        gain = 10 ** ((-18 - found[name]) / 20)
        for edge in (slice(0, RATE // 10), slice(len(original) - RATE // 10, len(original))):
            assert np.abs(part[edge] - original[edge] * gain).max() <= 3


def test_tags_are_honoured_at_once_and_peaks_never_clip(
    make_box: Callable[..., Box], card: Pulse, tmp_path: Path
) -> None:
    tags = {"REPLAYGAIN_TRACK_GAIN": "-6.00 dB", "REPLAYGAIN_TRACK_PEAK": "0.8"}
    tagged = media.encode(tmp_path / "tagged.flac", media.melody(82, 2), tags=tags)
    # 20 dB more would be 10 times full scale: it gets what its peak of 0.8 allows.
    greedy_tags = {"REPLAYGAIN_TRACK_GAIN": "+20.00 dB", "REPLAYGAIN_TRACK_PEAK": "0.8"}
    greedy = media.encode(tmp_path / "greedy.flac", media.melody(83, 2), tags=greedy_tags)
    box = make_box({"audio": {"normalize": True, "buffer_ms": 1_000}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    heard = play(box, card, box.playlist("tagged", [tagged, greedy]))
    first, second = media.decode(tagged), media.decode(greedy)
    assert np.abs(heard[: len(first)] - first * 10 ** (-6 / 20)).max() <= 3
    rest = heard[len(first) :]
    assert np.abs(rest - second[: len(rest)] / 0.8).max() <= 3


def test_opus_counts_its_header_gain_in(make_box: Callable[..., Box], card: Pulse, tmp_path: Path) -> None:
    """R128_TRACK_GAIN leads to -23 LUFS from what comes out of the decoder, the header's gain applied."""
    plain = media.encode(tmp_path / "plain.opus", media.melody(84, 2), tags={"R128_TRACK_GAIN": str(-3 * 256)})
    box = make_box({"audio": {"normalize": True, "buffer_ms": 1_000, "target_lufs": -23}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    playlist = box.playlist("opus", [with_header_gain(plain, -4)])
    # Without a peak nothing is made louder, but this is made quieter, and at once.
    heard = play(box, card, playlist)
    assert abs(sound.loudness(heard) - (sound.loudness(media.decode(plain)) - 4 - 3)) < 0.3


def with_header_gain(path: Path, decibels: int) -> Path:
    """The same Opus file with another output gain (RFC 7845, section 5.1) in its first page, whose checksum is made anew."""
    data = bytearray(path.read_bytes())
    head = data.index(b"OpusHead")
    data[head + 16 : head + 18] = (decibels * 256).to_bytes(2, "little", signed=True)
    length = 27 + data[26] + sum(data[27 : 27 + data[26]])
    data[22:26] = bytes(4)
    crc = 0
    for byte in data[:length]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else crc << 1
    data[22:26] = crc.to_bytes(4, "little")
    target = path.with_name("gained.opus")
    target.write_bytes(data)
    return target
