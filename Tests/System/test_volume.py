"""The volume: what is heard is what the box says, whoever turns which knob."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import media
from alsa_card import Knobs
from box import Box
from phone import Phone
from pulse import Pulse, Recording
from waiting import until

Music = Callable[..., Path]


@pytest.fixture
def card() -> Iterator[Pulse]:
    """A card of the test's own: its volume is turned, and it gets killed."""
    with Pulse() as card:
        yield card


def mixer(box: Box) -> dict[str, Any]:
    return box.get("/system/diagnostics")["audio"]["mixer"]


def wait_mixer(box: Box, **fields: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def matches() -> bool:
        seen.clear()
        seen.update(mixer(box))
        return all(seen.get(name) == value for name, value in fields.items())

    until(matches, lambda: f"mixer {fields}; it is {seen}", every=0.02)
    return seen


def level(recording: Recording) -> float:
    """The tone's peak from now on, in dB, behind what the card still held and the recording lags behind: a dropout of a busy
    machine does not change it."""
    recording.wait(1)
    begin = recording.frames
    recording.wait(0.4)
    return 20 * float(np.log10(np.abs(recording.samples[begin:].astype(np.float64)).max() + 1e-9))


def decibels(volume: int) -> float:
    """The curve: cubic."""
    return 60 * float(np.log10(volume / 100))


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """As loud at each place as at every other."""
    time = np.arange(60 * media.RATE) / media.RATE
    wave = (0.5 * 32_767 * np.sin(2 * np.pi * 441 * time)).astype(np.int16)
    return media.encode(tmp_path / "tone.flac", np.stack([wave, wave], axis=1))


def test_hardware_and_samples_share_the_volume(make_box: Callable[..., Box], card: Pulse, tone: Path) -> None:
    knobs = Knobs(card)
    box = make_box({"audio": {"device": "card", "mixer": "auto"}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    wait_mixer(box, state="used", control="Digital", decibels=0.0, obeys=True)
    assert knobs.levels == (51, 0, 1), "full volume is 0 dB and on; the boost is no volume control"
    playlist = box.playlist("tone", [tone])
    with card.record() as recording:
        box.post(f"/playlists/{playlist}/start")
        recording.wait_sound()
        full = level(recording)
        box.post("/player/volume", {"volume": 50})
        wait_mixer(box, decibels=-18.0)
        # The card makes the 18 dB, the samples the rest of a tenth.
        assert abs(level(recording) - full - (decibels(50) + 18)) < 0.1

        # Something else turns the knob, or switches it off.
        knobs.turn(20, 7, 1)
        until(lambda: knobs.levels == (33, 7, 1), lambda: f"the knob to be set back; it is {knobs.levels}")
        # Counted last: before that, what is turned next would be mended along with it.
        wait_mixer(box, set_back=1)
        knobs.turn(33, 7, 0)
        until(lambda: knobs.levels == (33, 7, 1), lambda: f"the switch to be set back; it is {knobs.levels}")
        assert wait_mixer(box, set_back=2)["obeys"]

        # Seen before ALSA's simple mixer has heard of it, which then writes nothing: it believes the switch to be on.
        knobs.fault("l")
        knobs.turn(33, 7, 0)
        wait_mixer(box, set_back=3, obeys=False)
        assert knobs.levels == (33, 7, 0)
        knobs.fault("")
        until(lambda: knobs.levels == (33, 7, 1), lambda: f"the switch to be set back; it is {knobs.levels}")
        wait_mixer(box, set_back=3, obeys=True)

        # Stuck: the samples make up for what it does not do.
        knobs.fault("s")
        box.post("/player/volume", {"volume": 20})
        wait_mixer(box, obeys=False, decibels=-18.0)
        assert abs(level(recording) - full - (decibels(20) + 18)) < 0.2

        # Gone: they make all of it.
        knobs.fault("g")
        wait_mixer(box, state="missing")
        assert abs(level(recording) - full - decibels(20)) < 0.2
        knobs.fault("")
        wait_mixer(box, state="used", decibels=-41.0, obeys=True)
    assert box.player["volume"] == 20


def test_a_named_control_of_a_sound_server(make_box: Callable[..., Box], card: Pulse, tone: Path) -> None:
    """PulseAudio's `Master` knows no decibels: it makes the whole volume on its own scale, which is cubic too."""
    box = make_box({"audio": {"mixer": "Master"}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    wait_mixer(box, state="used", control="Master", obeys=True)
    playlist = box.playlist("tone", [tone])
    with card.record() as recording:
        box.post(f"/playlists/{playlist}/start")
        recording.wait_sound()
        full = level(recording)
        box.post("/player/volume", {"volume": 40})
        until(lambda: "40%" in sink_volume(card), lambda: f"the sink at 40 %: {sink_volume(card)}")
        assert abs(level(recording) - full - decibels(40)) < 0.5
        subprocess.run(["pactl", "set-sink-volume", "box", "100%"], env=card.environment, check=True)
        until(lambda: "40%" in sink_volume(card), lambda: f"the sink set back to 40 %: {sink_volume(card)}")
        subprocess.run(["pactl", "set-sink-mute", "box", "1"], env=card.environment, check=True)
        until(lambda: not sink_muted(card), "the sink's mute set back")
        assert abs(level(recording) - full - decibels(40)) < 0.5
    card.kill()
    wait_mixer(box, state="missing")
    card.start()
    wait_mixer(box, state="used", obeys=True)
    until(lambda: "40%" in sink_volume(card), lambda: f"the new sink at 40 %: {sink_volume(card)}")


def sink_volume(card: Pulse) -> str:
    words = ["pactl", "get-sink-volume", "box"]
    return subprocess.run(words, env=card.environment, check=True, capture_output=True, text=True).stdout


def sink_muted(card: Pulse) -> bool:
    words = ["pactl", "get-sink-mute", "box"]
    return "yes" in subprocess.run(words, env=card.environment, check=True, capture_output=True, text=True).stdout


def test_no_client_passes_the_limits(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    limits = {"min_volume": 10, "max_volume": 70, "start_volume": 40}
    box = make_box({"audio": limits}, card.environment).start()
    assert box.player["volume"] == 40, "60 unless somebody chose, but not louder than this at the start"
    assert box.post("/player/volume", {"volume": 100})["volume"] == 70
    assert box.post("/player/volume", {"volume": 0})["volume"] == 10
    with Phone(box.url, "playlists") as phone:
        phone.call("player:volume", {"volume": 99})
        assert box.player["volume"] == 70

        # A button held down while nothing plays.
        for _ in range(20):
            assert box.refusal("POST", "/player/volume", {"delta": 5}).status == 409
        assert box.player["volume"] == 70
        box.restart()
    assert box.player["volume"] == 40
    playlist = box.playlist("steps", [music(26, 12)])
    box.post(f"/playlists/{playlist}/start")
    assert box.post("/player/volume", {"delta": 10})["volume"] == 50
    assert box.post("/player/volume", {"delta": 90})["volume"] == 70
    box.post("/player/pause")
    assert box.refusal("POST", "/player/volume", {"delta": -5}).status == 409
    assert box.refusal("POST", "/player/volume", {"delta": 5, "volume": 3}).status == 400
