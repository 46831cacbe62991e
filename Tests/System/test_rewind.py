"""A kernel device gives back what it has not played: a pause, a seek or another story is heard as soon as it is asked for,
however much music the device held."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import media
import sound
from alsa_card import Output, plugin
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from waiting import until

Music = Callable[..., Path]
RESERVE = RATE // 40


@pytest.fixture
def output() -> Iterator[tuple[Pulse, Output]]:
    with Pulse() as home:
        home.environment["LD_PRELOAD"] = str(plugin("kernel"))
        yield home, Output(home, library="kernel")


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Each sample tells where it stands: a slow triangle, whose right side is a slower one."""
    time = np.arange(60 * RATE)
    left = 16_000 - np.abs(time % 64_000 - 32_000)
    right = time // 100 - 13_000
    return media.encode(tmp_path / "ramp.flac", np.stack([left, right], axis=1).astype(np.int16))


def start(make_box: Callable[..., Box], home: Pulse, *stories: Path) -> tuple[Box, list[str]]:
    box = make_box({"audio": {"device": "output", "normalize": False}}, home.environment).start()
    box.post("/player/volume", {"volume": 100})
    return box, [box.playlist(f"story {number}", [story]) for number, story in enumerate(stories)]


def wait_full(box: Box, position_ms: int = 0) -> None:
    """Until the device holds a good deal more music than it may keep, and has played 300 ms from `position_ms` on."""
    until(lambda: box.player["position_ms"] >= position_ms + 300, f"the music from {position_ms} ms on", every=0.02)
    until(lambda: box.get("/system/diagnostics")["audio"]["device_delay_ms"] > 140, "a filled buffer")


def pause(box: Box, phone: Phone) -> int:
    """Returns the position in milliseconds that is told when all was heard."""
    mark = phone.now
    box.post("/player/pause")
    paused = phone.wait_player(mark, state="paused")
    told = phone.wait_for("state:track_position", lambda e: not e["data"]["is_playing"], paused.index)
    return told.data["position_ms"]


def as_sixteen_bits(played: np.ndarray) -> np.ndarray:
    return np.round(played * 32_768).astype(np.int64)


def pieces(played: np.ndarray) -> list[np.ndarray]:
    """What was played between silences."""
    begin, end = sound.heard_span(played)
    edges = [begin]
    for first, frames in sound.gaps(played):
        edges += [first, first + frames]
    edges.append(end)
    return [played[a:b] for a, b in zip(edges[::2], edges[1::2])]


def place(frame: np.ndarray, around: int = 0) -> int:
    """Which frame of the ramp this is: the right side tells the hundred, the left one the rest."""
    hundred = int(frame[1] + 13_000) * 100
    candidates = [hundred + rest for rest in range(100) if 16_000 - abs((hundred + rest) % 64_000 - 32_000) == frame[0]]
    assert candidates, f"{frame} is no frame of the ramp"
    return candidates[0]


def follow(piece: np.ndarray, faded_in: bool, faded_out: bool) -> tuple[int, int]:
    """First and last place of a piece, which must be the ramp itself but for its fades, of 5 and of 10 ms."""
    lead = RATE // 200 + 2 if faded_in else 0
    tail = RATE // 100 + 2 if faded_out else 0
    whole = piece[lead : len(piece) - tail]
    first = place(whole[0])
    time = first + np.arange(len(whole))
    assert np.array_equal(whole[:, 0], 16_000 - np.abs(time % 64_000 - 32_000)), "frames are missing or double"
    assert np.array_equal(whole[:, 1], time // 100 - 13_000), "frames are missing or double"
    return first - lead, first + len(whole) + tail


def worst_step(played: np.ndarray) -> int:
    return int(np.abs(np.diff(played, axis=0)).max())


# A fade-in's steepest step at this loudness: 1.5 * 16,000 / 220. A cut would be 13,000.
STEP = 120


def test_a_pause_is_heard_at_once_and_loses_nothing(
    make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path
) -> None:
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    with Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{story}/start")
        stood = [0]
        for _ in range(3):
            wait_full(box, stood[-1])
            stood.append(pause(box, phone))
            mark = phone.now
            box.post("/player/play")
            phone.wait_player(mark, is_playing=True)
        wait_full(box, stood[-1])
        stood.append(pause(box, phone))
    assert len(card.rewound) == 4
    for taken, kept in card.rewound:
        assert taken > RATE // 10, "a filled buffer is given back"
        assert kept <= RESERVE, "and what is kept is heard within 25 ms"
    played = as_sixteen_bits(card.played)
    heard = [follow(p, faded_in=number > 0, faded_out=True) for number, p in enumerate(pieces(played))]
    assert heard[0][0] == 0
    # Of a fade's last and first frames nothing is left in 16 bits.
    for before, position in zip(heard, stood[1:], strict=True):
        assert abs(before[1] * 1_000 / RATE - position) <= 1.5, "it is said to stand where it stands"
    for before, after in zip(heard, heard[1:]):
        assert abs(after[0] - before[1]) <= 8, "it goes on where it was paused"
    assert worst_step(played[RATE // 10 :]) <= STEP
    assert box.get("/system/diagnostics")["audio"]["xruns"] == 0


def test_seeks_and_other_stories_follow_at_once(
    make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path
) -> None:
    home, card = output
    box, stories = start(make_box, home, ramp, ramp)
    targets = [20_000, 5_000, 12_345]
    with Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{stories[0]}/start")
        wait_full(box)
        for target in targets:
            mark = phone.now
            box.post("/player/seek", {"position_ms": target})
            phone.wait_for("state:track_position", lambda e: target <= e["data"]["position_ms"] < target + 1_000, mark)
            wait_full(box, target)
        mark = phone.now
        box.post(f"/playlists/{stories[1]}/start")
        phone.wait_player(mark, active_playlist_id=stories[1], is_playing=True, state="playing")
        wait_full(box)
        pause(box, phone)
    assert [kept <= RESERVE for _, kept in card.rewound] == [True] * 5
    played = as_sixteen_bits(card.played)
    assert worst_step(played[RATE // 10 :]) <= STEP
    assert box.get("/system/diagnostics")["audio"]["xruns"] == 0
    for target in targets:
        first = target * RATE // 1_000 + RATE // 100
        wanted = (16_000 - abs(first % 64_000 - 32_000), first // 100 - 13_000)
        assert np.any(np.all(played == wanted, axis=1)), f"{target} ms is not heard"


def test_another_volume_is_heard_at_once(make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path) -> None:
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    box.post(f"/playlists/{story}/start")
    wait_full(box)
    for volume in (50, 80, 20):
        before = len(card.rewound)
        box.post("/player/volume", {"volume": volume})
        until(lambda: len(card.rewound) > before, "the device asked to give back")
        taken, kept = card.rewound[before]
        assert taken > 0 and kept <= RESERVE + RATE // 20, "what is kept is heard within 25 ms, and 50 while it still glides"
    end = len(card.played)
    until(lambda: len(card.played) > end + RATE, "a second of the last volume", every=0.05)
    played = card.played * 32_768
    begin, _ = sound.heard_span(played)
    time = np.arange(len(played) - begin)
    right = (time // 100 - 13_000)[-RATE // 2 :]
    assert np.abs(played[-RATE // 2 :, 1] - right * 0.2**3).max() <= 2, "every frame in its place"
    assert worst_step(as_sixteen_bits(card.played)[begin + RATE // 10 :]) <= STEP
    assert box.get("/system/diagnostics")["audio"]["xruns"] == 0


def test_what_is_waited_for_long_is_waited_for_in_silence(
    make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path
) -> None:
    """A station that does not answer: what was given back still lies in the card's memory, and must not be heard again."""
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/live.mp3"
        station = box.post("/playlists", {"title": "Station"})["id"]
        box.post(f"/playlists/{station}/tracks", {"url": url})
        box.post(f"/playlists/{story}/start")
        wait_full(box)
        box.post(f"/playlists/{station}/start")
        until(lambda: len(card.rewound) > 0, "the device asked to give back")
        until(lambda: len(card.played) - sound.heard_span(card.played)[1] > RATE // 25, "40 ms of silence, of 50")
    played = as_sixteen_bits(card.played)
    follow(pieces(played)[0], faded_in=False, faded_out=True)
    assert len(pieces(played)) == 1
    assert box.get("/system/diagnostics")["audio"]["xruns"] == 0


def test_a_storm_of_seeks_makes_no_click(make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path) -> None:
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    with Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{story}/start")
        wait_full(box)
        for number in range(40):
            box.post("/player/seek", {"position_ms": 1_000 + 437 * number})
            if number % 4 == 0:
                box.post("/player/pause")
                box.post("/player/play")
        wait_full(box, 1_000 + 437 * 39)
        stands = pause(box, phone)
    played = as_sixteen_bits(card.played)
    assert worst_step(played[RATE // 10 :]) <= STEP
    last = pieces(played)[-1]
    assert abs(place(last[len(last) - RATE // 100 - 10]) + RATE // 100 + 10 - stands * RATE / 1_000) < RATE / 500
    assert box.get("/system/diagnostics")["audio"]["xruns"] == 0


def test_a_driver_that_gives_nothing_back(make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path) -> None:
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    with Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{story}/start")
        wait_full(box)
        card.fault("r")
        stood = pause(box, phone)
        mark = phone.now
        box.post("/player/play")
        phone.wait_player(mark, is_playing=True)
        wait_full(box, stood)
        pause(box, phone)
    assert card.rewound and all(taken == 0 for taken, _ in card.rewound)
    before, after = (follow(p, number > 0, True) for number, p in enumerate(pieces(as_sixteen_bits(card.played))))
    assert abs(after[0] - before[1]) <= 8
    assert abs(before[1] * 1_000 / RATE - stood) <= 1.5


def test_another_speed_skips_nothing(make_box: Callable[..., Box], output: tuple[Pulse, Output], ramp: Path) -> None:
    home, card = output
    box, (story,) = start(make_box, home, ramp)
    with Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{story}/start")
        wait_full(box)
        mark = phone.now
        box.post("/player/speed", {"speed": 0.5})
        phone.wait_player(mark, speed=0.5)
        until(lambda: len(card.rewound) > 0, "the device asked to give back")
        played = len(card.played)
        until(lambda: len(card.played) > played + RATE, "a second of the new speed", every=0.05)
    sound_played = as_sixteen_bits(card.played)
    # The right side falls and rises with the fades alone; between them it tells the time in hundreds of frames.
    quiet = np.flatnonzero(sound_played[RATE // 10 :, 1] > -2_000) + RATE // 10
    assert len(quiet), "a fade from one to the other"
    before = (sound_played[quiet[0] - RATE // 50, 1] + 13_000) * 100 + RATE // 50
    after = (np.median(sound_played[quiet[-1] + RATE // 50 : quiet[-1] + RATE // 25, 1]) + 13_000) * 100 - 3 * RATE // 200
    assert after < before + RATE // 50, f"{(after - before) / RATE:.3f} s were skipped"
