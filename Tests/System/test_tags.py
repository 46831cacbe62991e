"""A figure on the box: the emulated PN532 is seen by the real libnfc, and the right music is heard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pn532 import PN532

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from reader_box import SONG, STORY, STRANGER, lift, reader_config, settle
from waiting import until

Music = Callable[..., Path]


@pytest.fixture
def reader() -> Iterator[PN532]:
    with PN532() as reader:
        yield reader


@pytest.fixture
def tag_box(make_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music) -> Callable[..., Box]:
    """`tag_box(on_remove=...)`: a box with this reader, on which STORY and SONG play their files."""

    def start(**nfc: object) -> Box:
        box = make_box(reader_config(reader, **nfc), card.environment).start()
        box.post("/player/volume", {"volume": 100})
        box.playlist("story", [music(50, 12)], STORY)
        box.playlist("song", [music(51, 12)], SONG)
        settle(box, reader)
        return box

    return start


def test_a_tap_plays_its_playlist_and_another_one_replaces_it(
    tag_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music
) -> None:
    box = tag_box()
    with Phone(box.url, "playlists", "nfc") as phone, card.record() as recording:
        reader.place(STORY)
        scanned = phone.wait_for("nfc_tag_scanned").payload
        assert (scanned["tag_id"], scanned["known"]) == (STORY, True)
        phone.wait_player(is_playing=True, active_playlist_title="story")
        recording.wait_sound()
        recording.wait(1.5)
        # Default `keep`: lifting the figure leaves the story on.
        lift(box, reader)
        recording.wait(1.5)
        story = recording.samples
        mark = phone.now
        reader.place(SONG)
        begun = phone.wait_player(mark, is_playing=True, active_playlist_title="song").index
        phone.wait_for("state:track_position", lambda e: e["data"]["position_ms"] >= 1_200, begun)
        recording.wait(0.5)
        song = recording.stop()[len(story) :]
    assert sound.find(story, media.decode(music(50, 12))[: 2 * RATE]).correlation > 0.99
    assert sound.find(story, media.decode(music(51, 12))[: 2 * RATE]).correlation < 0.5
    assert sound.gaps(story) == [], "the music broke off when the figure was lifted"
    assert sound.find(song, media.decode(music(51, 12))[:RATE]).correlation > 0.99


def test_an_unknown_tag_leaves_the_music_alone_and_tells_the_parents(
    tag_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music
) -> None:
    box = tag_box()
    with Phone(box.url, "nfc") as parent, Phone(box.url, "playlists") as phone, card.record() as recording:
        reader.place(STORY)
        phone.wait_player(is_playing=True)
        recording.wait_sound()
        recording.wait(0.5)
        lift(box, reader)
        reader.place(STRANGER)
        scanned = parent.wait_for("nfc_tag_scanned", lambda e: e["tag_id"] == STRANGER).payload
        assert scanned["known"] is False
        recording.wait(1)
        reader.remove()
        recording.wait(1)
        heard = recording.stop()
        assert phone.heard("nfc_tag_scanned") == [], "for the room nfc only"
    assert sound.first_break(heard, media.decode(music(50, 12))) is None


def test_removal_pauses_and_return_goes_on_there(
    tag_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music
) -> None:
    box = tag_box(on_remove="pause")
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        reader.place(STORY)
        phone.wait_player(is_playing=True)
        recording.wait_sound()
        recording.wait(1)
        mark = phone.now
        reader.remove()
        stopped = phone.wait_player(mark, state="paused").index
        # Told when the last sample before the pause is out of the card.
        paused = phone.wait_for(
            "state:track_position", lambda e: not e["data"]["is_playing"], stopped
        ).data["position_ms"]
        recording.wait_silence()
        silent_from = recording.frames
        recording.wait(0.5)
        assert not np.any(recording.samples[silent_from:])
        mark = phone.now
        reader.place(STORY)
        phone.wait_player(mark, is_playing=True)
        recording.wait_sound(silent_from)
        recording.wait(0.5)
        again = recording.stop()[silent_from:]
    begin, _ = sound.heard_span(again)
    place, correlation = sound.position_at(again, begin + RATE // 20, media.decode(music(50, 12)))
    assert correlation > 0.99
    assert abs(place - 0.05 - paused / 1_000) <= 0.02


def test_removal_stops_when_told_to(tag_box: Callable[..., Box], reader: PN532) -> None:
    box = tag_box(on_remove="stop")
    with Phone(box.url, "playlists") as phone:
        reader.place(STORY)
        phone.wait_player(is_playing=True)
        mark = phone.now
        reader.remove()
        phone.wait_player(mark, state="stopped")


def test_a_second_tap_of_an_unfinished_story_goes_on_where_it_was(
    tag_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music
) -> None:
    box = tag_box()
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        reader.place(STORY)
        phone.wait_player(is_playing=True)
        recording.wait_sound()
        recording.wait(2)
        box.post("/player/stop")
        recording.wait_silence()
        heard = sound.heard_span(recording.samples)
        lift(box, reader)
        silent_from = recording.frames
        mark = phone.now
        reader.place(STORY)
        phone.wait_player(mark, is_playing=True)
        recording.wait_sound(silent_from)
        recording.wait(0.5)
        again = recording.stop()[silent_from:]
    played = (heard[1] - heard[0]) / RATE
    begin, _ = sound.heard_span(again)
    place, correlation = sound.position_at(again, begin + RATE // 20, media.decode(music(50, 12)))
    assert correlation > 0.99
    assert abs(place - played) < 0.5


def test_a_flickering_tag_plays_unbroken(
    tag_box: Callable[..., Box], card: Pulse, reader: PN532, music: Music
) -> None:
    """A figure at the edge of the field: with `pause` on removal this is what breaks other boxes."""
    box = tag_box(on_remove="pause")
    with Phone(box.url, "playlists") as phone, card.record() as recording:
        reader.flicker(3)
        reader.place(STORY)
        phone.wait_player(is_playing=True)
        recording.wait_sound()
        recording.wait(3)
        heard = recording.stop()
        assert not [e for e in phone.heard("state:player") if e.data["state"] == "paused"]
    assert sound.first_break(heard, media.decode(music(50, 12))) is None


def test_a_tag_that_lies_there_at_start_plays_only_if_wanted(
    tag_box: Callable[..., Box], reader: PN532
) -> None:
    box = tag_box()
    reader.place(STORY)
    box.wait_player("tap", is_playing=True)
    box.post("/player/stop")
    box.restart()
    until(lambda: box.get("/nfc/status").get("last_tag"), "the tag seen after the restart")
    assert box.player["state"] == "stopped"
    box.config["nfc"]["play_at_start"] = True
    box.restart()
    box.wait_player("play at start", is_playing=True, active_playlist_title="story")


@pytest.mark.parametrize("uid", ["04a1b2c3", "04a1b2c3d4e5f6", "04a1b2c3d4e5f6a7b8c9"])
def test_uids_of_every_length_are_told_as_lower_case_hex(
    uid: str, tag_box: Callable[..., Box], reader: PN532
) -> None:
    box = tag_box()
    with Phone(box.url, "nfc") as phone:
        reader.place(uid)
        assert phone.wait_for("nfc_tag_scanned").payload["tag_id"] == uid
