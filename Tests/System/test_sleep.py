"""Going to sleep with a story: it fades, ends, and goes on next time where the fade began."""

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


@pytest.fixture
def sleepy_box(make_box: Callable[..., Box], card: Pulse) -> Box:
    box = make_box({"player": {"sleep_fade_s": 2}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    return box


def level(samples: np.ndarray) -> float:
    return sound.loudness(samples) if len(samples) else -120


def test_after_some_minutes_it_fades_and_stops(sleepy_box: Box, card: Pulse, music: Music) -> None:
    playlist = sleepy_box.playlist("story", [music(70, 30)])
    with Phone(sleepy_box.url, "playlists") as phone, card.record() as recording:
        mark = phone.now
        sleepy_box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        armed = sleepy_box.post("/player/sleep", {"minutes": 0.07})["sleep"]
        assert armed["until"] == "time" and armed["ends_at"].endswith("Z") and not armed["is_fading"]
        fading = phone.wait_for(
            "state:player", lambda e: (e["data"]["sleep"] or {}).get("is_fading", False), since=mark
        )
        ended = phone.wait_player(mark, state="stopped", is_playing=False)
        # Longer than the card holds.
        recording.wait(0.6)
        heard = sound.trimmed(recording.stop())
    assert ended.data["sleep"] is None
    began = fading.data["position_ms"]
    assert abs(ended.data["position_ms"] - began) < 100
    begin = int(began / 1_000 * RATE)
    steps = [level(heard[begin + int(s * RATE) :][: RATE // 4]) for s in (-0.5, 0.5, 1.0, 1.5)]
    assert steps[0] > steps[1] > steps[2] > steps[3] > -90
    assert steps[3] < steps[0] - 20

    # Next time it goes on there, at full level.
    with card.record() as recording:
        sleepy_box.post("/player/play")
        recording.wait_sound()
        recording.wait(1)
        again = sound.trimmed(recording.stop())
    place, likeness = sound.position_at(again, RATE // 10, media.decode(music(70, 30)))
    assert likeness > 0.95
    assert abs(place - 0.1 - began / 1_000) < 0.3


def test_the_end_of_the_track_is_waited_for(sleepy_box: Box, card: Pulse, music: Music) -> None:
    playlist = sleepy_box.playlist("two", [music(27, 5), music(26, 5)])
    assert sleepy_box.refusal("POST", "/player/sleep", {"until": "track"}).status == 409
    with Phone(sleepy_box.url, "playlists") as phone:
        mark = phone.now
        sleepy_box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        answer = phone.call("player:sleep", {"until": "track"})
        assert answer["data"]["sleep"] == {"until": "track", "ends_at": None, "is_fading": False}
        ended = phone.wait_player(mark, state="stopped", is_playing=False)
    assert ended.data["track_index"] == 0 and ended.data["sleep"] is None
    assert abs(ended.data["position_ms"] - 3_000) < 400, "where the fade of 2 s began"


def test_it_can_be_cancelled_and_said_wrongly(sleepy_box: Box) -> None:
    sleepy_box.post("/player/sleep", {"minutes": 5})
    assert sleepy_box.ask("DELETE", "/player/sleep")["sleep"] is None
    assert sleepy_box.ask("DELETE", "/player/sleep")["sleep"] is None
    for body in ({}, {"minutes": 0}, {"minutes": 1e9}, {"minutes": 3, "until": "track"}, {"until": "noon"}):
        assert sleepy_box.refusal("POST", "/player/sleep", body).status == 400, body
