"""What is in the file is what is heard: every format, every sample, and nothing between two tracks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse

Music = Callable[..., Path]


def play_through(box: Box, card: Pulse, playlist: str) -> np.ndarray:
    """Plays a playlist to its end and returns the recording of it."""
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, is_playing=False, state="stopped", deadline=90)
        recording.wait_silence()
        return recording.stop()


@pytest.fixture(scope="module")
def all_formats(steady_box: Box, card: Pulse, music: Music) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The decoded original of each format, and the recording of all played as one playlist in this order."""
    files = {form: music(seed, 2.5, form) for seed, form in enumerate(media.FORMATS)}
    playlist = steady_box.playlist("every format", list(files.values()))
    originals = {form: media.decode(file) for form, file in files.items()}
    for _ in range(3):
        dropouts = steady_box.dropouts
        recording = play_through(steady_box, card, playlist)
        # A recording of 20 s that serves many tests is made again here, not by the tests.
        if steady_box.dropouts == dropouts:
            break
    return originals, recording


@pytest.mark.parametrize("form", media.FORMATS)
def test_a_file_of_every_format_is_heard(form: str, all_formats: tuple[dict[str, np.ndarray], np.ndarray]) -> None:
    originals, recording = all_formats
    match = sound.find(recording, originals[form])
    assert match.correlation > 0.99
    expected = sound.heard_span(recording)[0] + sum(
        len(samples) for other, samples in list(originals.items())[: list(originals).index(form)]
    )
    assert abs(match.offset - expected) < 0.05 * RATE, "heard at another place of the playlist"


def test_only_the_chosen_file_is_heard(steady_box: Box, card: Pulse, music: Music) -> None:
    chosen, other = music(20, 2), music(21, 2)
    playlist = steady_box.playlist("chosen", [chosen])
    steady_box.playlist("not chosen", [other])
    recording = play_through(steady_box, card, playlist)
    assert sound.find(recording, media.decode(chosen)).correlation > 0.99
    assert sound.find(recording, media.decode(other)).correlation < 0.5


@pytest.mark.parametrize("form", ["flac", "wav", "m4a-alac"])
def test_lossless_at_full_volume_is_bit_exact(form: str, steady_box: Box, card: Pulse, music: Music) -> None:
    file = music(22, 2, form)
    recording = play_through(steady_box, card, steady_box.playlist(f"exact {form}", [file]))
    original = media.decode(file)
    assert sound.worst_difference(recording, original, sound.find(recording, original).offset) == 0


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """One melody cut in two at a frame that no codec's block size divides, as FLAC and as two runs of LAME."""
    directory = tmp_path_factory.mktemp("halves")
    whole = media.melody(30, 5)
    cut = 110_251
    parts = [whole[:cut], whole[cut:]]
    wavs = [media.write_wav(directory / f"part {n}.wav", part) for n, part in enumerate(parts, 1)]
    return {
        "flac": [media.encode(directory / f"part {n}.flac", part) for n, part in enumerate(parts, 1)],
        "lame-cbr": [media.lame(wav.with_name(f"cbr {wav.stem}.mp3"), wav, "-b", "192") for wav in wavs],
        "lame-vbr": [media.lame(wav.with_name(f"vbr {wav.stem}.mp3"), wav, "-V", "2") for wav in wavs],
    }


@pytest.mark.parametrize("form", ["flac", "lame-cbr", "lame-vbr"])
def test_tracks_follow_without_gap_or_click(
    form: str, halves: dict[str, list[Path]], steady_box: Box, card: Pulse
) -> None:
    originals = [media.decode(part) for part in halves[form]]
    assert sum(map(len, originals)) == 5 * RATE, "the halves are not what this test needs"
    whole = np.concatenate(originals)
    recording = play_through(steady_box, card, steady_box.playlist(f"halves {form}", halves[form]))
    match = sound.find(recording, whole)
    # One step of 16 bits for the rounding of a lossy decoder's float samples.
    tolerance = 0 if form == "flac" else 1
    assert sound.worst_difference(recording, whole, match.offset) <= tolerance
    assert sound.gaps(recording) == []
    joint = match.offset + len(originals[0])
    around = recording[joint - RATE // 10 : joint + RATE // 10]
    assert sound.roughness(around) <= sound.roughness(whole[RATE // 10 : -RATE // 10]) + 4


def test_tracks_of_different_rates_follow_without_gap(steady_box: Box, card: Pulse, music: Music) -> None:
    """44.1 kHz into 48 kHz (Opus) into 44.1 kHz: the resampler comes and goes, the sound does not."""
    files = [music(23, 1.5), music(24, 1.5, "opus"), music(25, 1.5)]
    recording = play_through(steady_box, card, steady_box.playlist("rates", files))
    assert sound.gaps(recording) == []
    begin, end = sound.heard_span(recording)
    assert abs((end - begin) - sum(len(media.decode(file)) for file in files)) < 0.03 * RATE


def test_pause_seek_and_stop_do_not_click(box: Box, card: Pulse, music: Music) -> None:
    file = music(26, 12)
    playlist = box.playlist("clicks", [file])
    with card.record() as recording:
        box.post(f"/playlists/{playlist}/start")
        recording.wait_sound()
        recording.wait(0.8)
        box.post("/player/pause")
        recording.wait(0.4)
        box.post("/player/play")
        recording.wait(0.8)
        box.post("/player/seek", {"position_ms": 8_000})
        recording.wait(0.8)
        box.post("/player/stop")
        recording.wait(0.4)
        heard = recording.stop()
    # A ramp of some milliseconds bends the sound a little; a cut is a corner ten times that.
    assert sound.roughness(heard) < 1.5 * sound.roughness(media.decode(file)[: 11 * RATE])


def test_volume_is_heard_and_zero_is_silence(box: Box, card: Pulse, music: Music) -> None:
    playlist = box.playlist("volume", [music(27, 12)])
    levels = {}
    try:
        with card.record() as recording:
            box.post(f"/playlists/{playlist}/start")
            recording.wait_sound()
            for volume in (100, 50, 20, 0):
                box.post("/player/volume", {"volume": volume})
                recording.wait(0.6)  # what the device still held, and the ramp
                if volume == 0:
                    recording.wait_silence()
                begin = recording.frames
                recording.wait(0.8)
                levels[volume] = sound.loudness(recording.samples[begin:])
            box.post("/player/stop")
    finally:
        box.post("/player/volume", {"volume": 100})
    assert levels[100] > levels[50] + 3 > levels[20] + 6
    assert levels[0] < -90
