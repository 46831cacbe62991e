"""A reader that dies, hangs or is pulled out takes no note of the music with it, and comes back by itself."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pn532 import PN532

import media
import sound
from box import Box, children
from phone import Phone
from pulse import Pulse, Recording
from reader_box import SONG, STORY, lift, reader_config, settle
from waiting import until

Music = Callable[..., Path]


def reader_process(box: Box) -> int | None:
    """The process id of the box's musicbox-reader, if it runs."""
    for pid in children(box.pid):
        try:
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("musicbox-reader"):
                return pid
        except OSError:
            continue
    return None


@pytest.fixture
def reader() -> Iterator[PN532]:
    with PN532() as reader:
        yield reader


@pytest.fixture
def box(make_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music) -> Box:
    # A second of buffer, as the music is compared sample by sample (see steady_box).
    box = make_box({**reader_config(reader), "audio": {"buffer_ms": 1_000}}, card.environment).start()
    box.post("/player/volume", {"volume": 100})
    box.playlist("story", [music(60, 40)], STORY)
    box.playlist("song", [music(61, 5)], SONG)
    settle(box, reader)
    return box


@pytest.fixture
def story(box: Box, card: Pulse, reader: PN532, music: Music) -> Iterator[Recording]:
    """The story plays and is recorded; at the end it must have been heard unbroken, whatever the test did."""
    with card.record() as recording:
        reader.place(STORY)
        box.wait_player("tap", is_playing=True)
        recording.wait_sound()
        recording.wait(0.5)
        yield recording
        recording.wait(0.3)
        assert sound.first_break(recording.stop(), media.decode(music(60, 40))) is None


def expect_next_tap_works(box: Box, reader: PN532) -> None:
    """A tag that was not there is seen; the story is left alone, so the answer is in `last_tag`."""
    lift(box, reader)
    reader.place("0badc0de")
    until(lambda: "0badc0de" in str(box.get("/nfc/status").get("last_tag")), "the next tap")


def test_killed_reader_comes_back(story: Recording, box: Box, reader: PN532) -> None:
    first = until(lambda: reader_process(box), "the reader process")
    os.kill(first, signal.SIGKILL)
    until(lambda: reader_process(box) not in (None, first), "a new reader process")
    box.wait_component("nfc", "healthy")
    assert box.player["is_playing"]
    expect_next_tap_works(box, reader)


def test_hung_reader_is_killed_and_restarted(story: Recording, box: Box, reader: PN532) -> None:
    """Stopped, it can do nothing at all any more, as in a call of libnfc that never returns."""
    first = until(lambda: reader_process(box), "the reader process")
    os.kill(first, signal.SIGSTOP)
    until(lambda: reader_process(box) not in (None, first), "a new reader process in place of the hung one")
    box.wait_component("nfc", "healthy")
    expect_next_tap_works(box, reader)


def test_silent_chip_is_told_and_comes_back(story: Recording, box: Box, reader: PN532) -> None:
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        reader.hang()
        box.wait_component("nfc", "degraded", "unhealthy")
        reader.recover()
        box.wait_component("nfc", "healthy")
        # Phones are told when a part fails and when it returns.
        failed = phone.wait_for("health_error", lambda e: e["component"] == "nfc", mark)
        phone.wait_for("health_status", lambda e: e["components"]["nfc"]["status"] == "healthy", failed.index)
    expect_next_tap_works(box, reader)


def test_unplugged_reader_is_told_and_taken_into_use_again(story: Recording, box: Box, reader: PN532) -> None:
    reader.close()
    box.wait_component("nfc", "degraded", "unhealthy")
    assert box.get("/nfc/status")["reader_available"] is False
    reader.reopen()
    box.wait_component("nfc", "healthy")
    assert box.get("/nfc/status")["reader_available"] is True
    expect_next_tap_works(box, reader)


def test_garbage_on_the_line_is_survived(story: Recording, box: Box, reader: PN532) -> None:
    reader.garbage(bytes(range(256)) * 4)
    box.wait_component("nfc", "healthy")
    expect_next_tap_works(box, reader)


def test_reader_plugged_in_after_the_start_is_found(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    with PN532() as reader:
        reader.close()
        box = make_box(reader_config(reader), card.environment).start()
        box.playlist("song", [music(61, 5)], SONG)
        # All parts count as healthy until they say something else.
        box.wait_component("nfc", "degraded", "unhealthy")
        reader.reopen()
        box.wait_component("nfc", "healthy")
        settle(box, reader)
        reader.place(SONG)
        box.wait_player("tap", is_playing=True)


def test_the_reader_ends_with_the_box(box: Box) -> None:
    """Also with a box that is killed: a reader left behind would keep the port of the next one."""
    pid = until(lambda: reader_process(box), "the reader process")
    box.kill9()
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in status(pid), "the end of the reader process")


def status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return "Z"
