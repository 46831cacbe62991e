"""The sound card goes away in the middle of a story: the story waits for it and goes on where it was last heard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from waiting import until

Music = Callable[..., Path]


@pytest.fixture
def card() -> Iterator[Pulse]:
    """A card of the test's own: it gets killed."""
    with Pulse() as card:
        yield card


def test_lost_card_holds_the_position_and_goes_on(
    make_box: Callable[..., Box], card: Pulse, music: Music
) -> None:
    box = make_box({"audio": {"device": "pulse"}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    playlist = box.playlist("story", [music(70, 30)])
    original = media.decode(music(70, 30))
    with Phone(box.url, "playlists") as phone:
        first = card.record()
        box.post(f"/playlists/{playlist}/start")
        first.wait_sound()
        first.wait(2)
        card.kill()
        before = sound.trimmed(first.stop())
        box.wait_component("audio", "degraded", "unhealthy")
        held = box.player["position_ms"]
        card.start()
        second = card.record()
        box.wait_component("audio", "healthy")
        second.wait_sound()
        second.wait(1.5)
        after = sound.trimmed(second.stop())
        assert box.player["is_playing"]
        until(
            lambda: phone.heard("health_status") + phone.heard("health_error"),
            "phones being told when the card fails and returns",
        )
    left, likeness = sound.position_at(before, len(before) - RATE // 4, original)
    assert likeness > 0.95
    left += 0.25
    back, likeness = sound.position_at(after, RATE // 10, original)
    assert likeness > 0.99
    back -= 0.1
    # parec itself may lose its last buffers when the server dies; the new one may repeat, never skip, the box's.
    assert back - left < 0.35, f"{back - left:.3f} s of the story were skipped"
    assert left - back < 1.5, f"{left - back:.3f} s of the story were repeated"
    assert abs(held / 1_000 - back) < 0.3


def test_without_a_card_the_box_plays_silently_but_paced(make_box: Callable[..., Box], music: Music) -> None:
    """`auto` and no card at all: the player's time runs as if there were one."""
    with Pulse() as nowhere:
        environment = dict(nowhere.environment, XDG_RUNTIME_DIR="/nonexistent", PULSE_SERVER="unix:/nonexistent")
    environment["ALSA_CONFIG_PATH"] = str(no_cards(nowhere))
    # A second of buffer against a busy machine: time in which there is nothing to play does not count.
    box = make_box({"audio": {"device": "auto", "buffer_ms": 1_000}}, environment).start()
    playlist = box.playlist("silence", [music(71, 6), music(72, 2)])
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        started = box.post(f"/playlists/{playlist}/start")
        assert started["state"] in ("playing", "loading")
        phone.wait_player(mark, track_index=1)
        phone.wait_player(mark, state="stopped")
        ticks = [e for e in phone.heard("state:track_position", mark) if e.data["is_playing"]]
        # From the first that has left the beginning: before that the clock of the player does not run.
        first = [e for e in ticks if e.data["track_id"] == ticks[0].data["track_id"] and e.data["position_ms"] > 0]
        clock = first[-1].payload["timestamp"] - first[0].payload["timestamp"]
        moved = first[-1].data["position_ms"] - first[0].data["position_ms"]
        assert clock > 4_000
        assert abs(clock - moved) < 100
    assert box.component("audio")["status"] == "degraded"


def no_cards(pulse: Pulse) -> Path:
    """An ALSA configuration in which `default` cannot be opened, on whatever machine this runs."""
    directory = pulse.directory
    directory.mkdir(exist_ok=True)
    path = directory / "asound.conf"
    path.write_text('pcm.!default { type hw card "nowhere" }\nctl.!default { type hw card "nowhere" }\n')
    return path


def test_card_that_appears_later_is_taken_into_use(
    make_box: Callable[..., Box], card: Pulse, music: Music
) -> None:
    card.kill()
    box = make_box({"audio": {"device": "pulse"}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    # Until the card was looked for it counts as well.
    box.wait_component("audio", "degraded", "unhealthy")
    playlist = box.playlist("later", [music(73, 20)])
    box.post(f"/playlists/{playlist}/start")
    card.start()
    box.wait_component("audio", "healthy")
    with card.record() as recording:
        recording.wait_sound()
        recording.wait(1)
        heard = sound.trimmed(recording.stop())
    assert sound.find(media.decode(music(73, 20)), heard[RATE // 10 :]).correlation > 0.99


def test_two_losses_in_a_row(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    box = make_box({"audio": {"device": "pulse"}}, card.environment).start()
    playlist = box.playlist("story", [music(70, 30)])
    box.post(f"/playlists/{playlist}/start")
    for _ in range(2):
        with card.record() as recording:
            recording.wait_sound()
        card.kill()
        box.wait_component("audio", "degraded", "unhealthy")
        card.start()
        box.wait_component("audio", "healthy")
    with card.record() as recording:
        recording.wait_sound()
        assert np.any(recording.samples)
    assert box.player["is_playing"]
