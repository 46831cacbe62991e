"""The output, whatever the card is like and whatever befalls it: cards of the tests' own that take one format only, are
busy, go, sleep, hang and run dry when they are told to."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import media
import sound
from alsa_card import Output, configure
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from waiting import until

Music = Callable[..., Path]


@pytest.fixture
def home() -> Iterator[Pulse]:
    """An environment for cards of the test's own."""
    with Pulse() as card:
        yield card


def box_with(make_box: Callable[..., Box], home: Pulse, device: str = "output", **audio: Any) -> Box:
    box = make_box({"audio": {"device": device, **audio}}, home.environment).start()
    box.post("/player/volume", {"volume": 100})
    return box


def wait_played(output: Output, seconds: float, since: int = 0) -> None:
    """Until the card has played so much that is no silence, after frame `since`."""
    goal = seconds * output.rate
    until(
        lambda: np.count_nonzero(np.any(output.played[since:] != 0, axis=1)) >= goal,
        lambda: f"{seconds} s played by the card; it has {len(output.played)} frames",
        every=0.05,
    )


def wait_open(box: Box) -> dict[str, Any]:
    """What the box says of its card, once it has opened it."""
    seen: dict[str, Any] = {}

    def is_open() -> bool:
        seen.clear()
        seen.update(box.get("/system/diagnostics")["audio"]["output"])
        return seen["state"] == "open"

    until(is_open, lambda: f"an open card; it is {seen}", every=0.02)
    return seen


def as_recorded(played: np.ndarray) -> np.ndarray:
    """The first two channels as 16 bits, as PulseAudio would have recorded them."""
    return np.round(played[:, :2] * 32_768).clip(-32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize(
    ("form", "channels", "rate"),
    [("S32_LE", 2, 44_100), ("S24_3LE", 2, 48_000), ("S16_LE", 1, 44_100), ("FLOAT_LE", 8, 96_000), ("S24_LE", 6, 44_100)],
)
def test_a_card_that_takes_one_format_only(
    form: str, channels: int, rate: int, make_box: Callable[..., Box], home: Pulse, music: Music
) -> None:
    output = Output(home, format=form, channels=channels, rate=rate)
    box = box_with(make_box, home)
    device = wait_open(box)
    assert (device["format"], device["channels"], device["rate"]) == (form, channels, rate)
    file = music(22, 1)
    playlist = box.playlist("one", [file])
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, state="stopped", is_playing=False)
    played, original = output.played, media.decode(file).astype(np.float64) / 32_768
    begin, end = sound.heard_span(played)
    played = played[begin:end]
    assert abs(len(played) / rate - len(original) / RATE) < 0.01
    if rate == RATE:
        wanted = original.mean(axis=1, keepdims=True) if channels == 1 else original
        # One step of 16 bits where two of its samples were made one.
        tolerance = 1.01 / 32_768 if channels == 1 else 0
        assert np.abs(played[:, : wanted.shape[1]] - wanted).max() <= tolerance
    else:
        places = np.arange(len(played)) * RATE / rate
        for side in range(2):
            wanted = np.interp(places, np.arange(len(original)), original[:, side])
            assert np.corrcoef(played[:, side], wanted)[0, 1] > 0.999
    assert not np.any(played[:, 2:]), "what is beyond the first two channels is silent"


def test_a_card_that_is_busy_at_boot_is_taken_later(make_box: Callable[..., Box], home: Pulse, music: Music) -> None:
    output = Output(home)
    output.fault("b")
    box = box_with(make_box, home)
    # Until the card was looked for it counts as well.
    assert "another program is using it" in box.wait_component("audio", "degraded", "unhealthy")["message"]
    playlist = box.playlist("story", [music(70, 30)])
    box.post(f"/playlists/{playlist}/start")
    output.fault("")
    box.wait_component("audio", "healthy")
    wait_played(output, 1)
    assert sound.first_break(as_recorded(output.played), media.decode(music(70, 30))) is None
    assert sound.find(media.decode(music(70, 30)), as_recorded(sound.trimmed(output.played))[:RATE]).offset == 0


def test_a_card_that_is_unplugged_goes_on_where_it_was_heard(
    make_box: Callable[..., Box], home: Pulse, music: Music
) -> None:
    output = Output(home)
    box = box_with(make_box, home)
    original = media.decode(music(70, 30))
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    left = 0
    for _ in range(2):
        wait_played(output, 1, since=left)
        output.fault("g")
        box.wait_component("audio", "degraded", "unhealthy")
        before, left = as_recorded(output.played), len(output.played)
        output.fault("")
        box.wait_component("audio", "healthy")
        wait_played(output, 0.5, since=left)
        after = sound.trimmed(as_recorded(output.played)[left:])
        end = sound.find(original, before[-RATE // 4 :]).offset + RATE // 4
        begin = sound.find(original, after[RATE // 10 : RATE // 3]).offset - RATE // 10
        # What the card still held is heard again, and nothing is skipped.
        assert -0.3 * RATE < begin - end < 0.03 * RATE
        left = len(output.played)


def test_a_card_that_sleeps_with_the_machine_plays_on(make_box: Callable[..., Box], home: Pulse, music: Music) -> None:
    output = Output(home)
    box = box_with(make_box, home)
    original = media.decode(music(70, 30))
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    wait_played(output, 0.5)
    # The card counts by itself how often it is asked to wake up: by the clock it could be too late, and held.
    output.fault("n")
    until(lambda: output.is_over, "the card to have slept")
    wait_played(output, len(output.played) / RATE + 0.5)
    assert sound.first_break(as_recorded(output.played), original) is None, "it plays on as if nothing had been"

    # Longer than a driver can be waited for: held, and taken up again.
    output.fault("s")
    box.wait_component("audio", "degraded", "unhealthy")
    left = len(output.played)
    output.fault("")
    box.wait_component("audio", "healthy")
    wait_played(output, 0.5, since=left)
    assert box.player["is_playing"]


def test_a_card_that_sleeps_for_half_a_minute_takes_the_story_up(
    make_box: Callable[..., Box], home: Pulse, music: Music
) -> None:
    output = Output(home)
    box = box_with(make_box, home)
    original = media.decode(music(70, 30))
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    wait_played(output, 2)
    output.fault("s")
    box.wait_component("audio", "degraded", "unhealthy")
    before = as_recorded(output.played)
    held = box.player["position_ms"]
    # How long it sleeps is what is tested.
    time.sleep(30)
    assert box.player["position_ms"] == held and box.player["is_playing"]
    left = len(output.played)
    output.fault("")
    box.wait_component("audio", "healthy")
    wait_played(output, 1, since=left)
    after = as_recorded(output.played[left:])
    end, likeness = sound.position_at(before, len(before) - RATE // 3, original)
    assert likeness > 0.99
    begin, likeness = sound.position_at(after, RATE // 10, original)
    assert likeness > 0.99
    assert -0.5 < (begin - 0.1) - (end + 1 / 3) < 0.05, "something was skipped"


def test_a_card_that_hangs_is_opened_again(make_box: Callable[..., Box], home: Pulse, music: Music) -> None:
    output = Output(home)
    box = box_with(make_box, home)
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    wait_played(output, 0.5)
    output.fault("h")
    # A fifth of a second later it is opened again, and counts as well until it has hung for two.
    assert "has played nothing" in box.wait_component("audio", "degraded", "unhealthy")["message"]
    left = len(output.played)
    output.fault("")
    box.wait_component("audio", "healthy")
    wait_played(output, 0.5, since=left)


def test_dry_runs_are_counted_and_logged_once_per_burst(
    make_box: Callable[..., Box], home: Pulse, music: Music
) -> None:
    output = Output(home)
    box = box_with(make_box, home)
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    wait_played(output, 0.3)
    first = box.get("/system/diagnostics")["audio"]["xruns"]
    logged = box.log.count("ran dry")
    for number in range(1, 5):
        output.fault("x")
        until(
            lambda: box.get("/system/diagnostics")["audio"]["xruns"] >= first + number,
            lambda: f"{number} xruns counted",
        )
    # Counted by one thread, logged by another. What a busy machine does of its own may have had a line before.
    until(lambda: box.log.count("ran dry"), "a line in the log")
    assert box.log.count("ran dry") <= logged + 1
    audio = box.get("/system/diagnostics")["audio"]
    assert {"buffer_fill_ms", "device_delay_ms", "xruns", "underfeeds", "output"} <= set(audio)
    assert audio["output"]["state"] == "open" and audio["output"]["device"] == "output"


def test_another_default_card_takes_over(make_box: Callable[..., Box], home: Pulse, music: Music) -> None:
    # With a sound server there, Debian's configuration makes it the default, whatever else is said.
    home.kill()
    first, second = Output(home, "first"), Output(home, "second", format="S32_LE", rate=48_000)
    configure(home, first.definition + second.definition + 'pcm.!default "first"\n')
    box = box_with(make_box, home, "auto")
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    wait_played(first, 0.5)
    configure(home, first.definition + second.definition + 'pcm.!default "second"\n')
    first.fault("g")
    wait_played(second, 0.5)
    box.wait_component("audio", "healthy")
    assert box.get("/system/diagnostics")["audio"]["output"]["rate"] == 48_000


def test_a_sound_server_that_suspends_the_card_holds_the_position(
    make_box: Callable[..., Box], home: Pulse, music: Music
) -> None:
    box = make_box({"audio": {"device": "pulse"}}, home.environment).start()
    box.post("/player/volume", {"volume": 100})
    box.post(f"/playlists/{box.playlist('story', [music(70, 30)])}/start")
    with home.record() as recording:
        recording.wait_sound()
        recording.wait(1)
    subprocess.run(["pactl", "suspend-sink", "box", "1"], env=home.environment, check=True)
    box.wait_component("audio", "degraded", "unhealthy")
    held = box.player["position_ms"]
    subprocess.run(["pactl", "suspend-sink", "box", "0"], env=home.environment, check=True)
    box.wait_component("audio", "healthy")
    with home.record() as recording:
        begin = recording.frames
        recording.wait_sound(begin)
        recording.wait(0.5)
        heard = sound.trimmed(recording.samples[begin:])
        told = box.player["position_ms"]
    place, likeness = sound.position_at(heard, 0, media.decode(music(70, 30)))
    assert likeness > 0.95
    assert held - 500 <= place * 1_000 <= told + 500
    assert box.player["is_playing"]
