"""Power cuts: `kill -9` in the middle of a story, then the same tag again."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import media
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse

Music = Callable[..., Path]
TAG = "04cafe00cafe00"


def test_after_a_power_cut_the_story_goes_on_where_it_was(
    make_box: Callable[..., Box], card: Pulse, music: Music
) -> None:
    file = music(80, 30)
    box = make_box(environment=card.environment).start()
    box.post("/player/volume", {"volume": 100})
    box.playlist("story", [file], TAG)
    with card.record() as recording:
        box.tap(TAG)
        recording.wait_sound()
        recording.wait(7)
        box.kill9()
        recording.wait_silence()
        before = sound.trimmed(recording.stop())
    left = len(before) / RATE
    box.start()
    assert box.player["is_playing"] is False, "a box that starts is silent until it is tapped"
    assert box.get("/player/volume")["volume"] == 100
    with card.record() as recording:
        box.tap(TAG)
        recording.wait_sound()
        recording.wait(1)
        after = sound.trimmed(recording.stop())
    back, likeness = sound.position_at(after, RATE // 10, media.decode(file))
    assert likeness > 0.99
    # At most 2 s of listening are lost, and one position interval; nothing is skipped.
    assert -0.3 <= left - (back - 0.1) <= 2.2


def test_what_was_acknowledged_is_there_after_a_power_cut(
    make_box: Callable[..., Box], card: Pulse, music: Music
) -> None:
    box = make_box(environment=card.environment).start()
    with Phone(box.url, "playlists") as phone:
        last = None
        for number in range(5):
            last = box.post("/playlists", {"title": f"acknowledged {number}"})
            box.upload(last["id"], music(81, 1))
            box.bind(f"040000{number:02x}", last["id"])
        sequences = [e.payload["server_seq"] for e in phone.events if "server_seq" in (e.payload or {})]
        box.kill9()
    box.start()
    playlists = {p["title"]: p for p in box.get("/playlists?limit=100")["playlists"]}
    assert set(playlists) == {f"acknowledged {number}" for number in range(5)}
    for number in range(5):
        kept = playlists[f"acknowledged {number}"]
        assert (kept["track_count"], kept["nfc_tag_id"]) == (1, f"040000{number:02x}")
    with Phone(box.url) as phone:
        assert phone.wait_for("connection_status").payload["server_seq"] > max(sequences)
    with sqlite3.connect(box.state / "musicbox.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


def test_cut_again_and_again_while_it_writes(make_box: Callable[..., Box], card: Pulse) -> None:
    box = make_box(environment=card.environment)
    kept: set[str] = set()
    for cut in range(4):
        box.start()
        titles = {p["title"] for p in box.get("/playlists?limit=100")["playlists"]}
        assert kept <= titles
        for number in range(10):
            title = f"cut {cut} number {number}"
            box.post("/playlists", {"title": title})
            kept.add(title)
        box.kill9()
