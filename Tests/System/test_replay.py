"""What a phone missed while it was away comes once, in order, or as snapshots."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from box import Box
from phone import Heard, Phone

Music = Callable[..., Path]
VOLATILE = "state:track_position"


def states(events: list[Heard]) -> list[Heard]:
    """Without what comes in between at any time and is never sent again, as the health of a part that was just found out."""
    return [e for e in events if e.name.startswith("state:")]


def lasting(events: list[Heard]) -> list[Heard]:
    """The changes of state among what was heard: neither positions nor snapshots."""
    return [
        e
        for e in events
        if e.name.startswith("state:") and e.name != VOLATILE and not e.payload["event_id"].startswith("snapshot")
    ]


def test_missed_events_come_once_and_in_order(box: Box) -> None:
    box.post("/player/volume", {"volume": 30})
    with Phone(box.url, "playlists") as stays:
        with Phone(box.url, "playlists") as leaves:
            mark = leaves.now
            box.post("/player/volume", {"volume": 31})
            leaves.wait_player(mark, volume=31)
            stays.wait_player(0, volume=31)
            last = max(e.payload["server_seq"] for e in lasting(leaves.events))
        mark = stays.now
        made = box.post("/playlists", {"title": "while away"})["id"]
        box.post("/player/volume", {"volume": 32})
        stays.wait_player(mark, volume=32)
        missed = lasting(stays.events[mark:])
        with Phone(box.url, "playlists") as back:
            mark = back.now
            back.emit("sync:request", {"last_global_seq": last, "requested_rooms": ["playlists", "nfc"]})
            complete = back.wait_for("sync:complete", since=mark)
            assert complete.payload["synced_rooms"] == ["playlists"], "it is not in the other room"
            assert complete.payload["current_global_seq"] >= missed[-1].payload["server_seq"]
            sent = states(back.events[mark : complete.index])
            assert [e.payload for e in sent] == [e.payload for e in missed], "the same events, in the same order"
            assert made in str(sent[0].payload)
            mark = back.now
            back.emit("sync:request", {"last_global_seq": last})
            complete = back.wait_for("sync:complete", since=mark)
            assert not states(back.events[mark : complete.index]), "nothing comes twice"


@pytest.mark.parametrize("last", [None, 0, 1 << 50])
def test_what_cannot_be_sent_again_comes_as_snapshots(box: Box, last: int | None) -> None:
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        phone.emit("sync:request", {} if last is None else {"last_global_seq": last})
        error = phone.wait_for("sync:error", since=mark)
        assert error.payload["requested_rooms"] == ["playlists"]
        assert error.payload["error"]
        assert phone.wait_for("state:playlists", since=error.index).index == error.index + 1
        phone.wait_for("state:player", since=error.index)


def test_numbers_of_another_life_are_not_taken_for_ours(make_box: Callable[..., Box]) -> None:
    box = make_box({"audio": {"device": "silent"}}).start()
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.post("/player/volume", {"volume": 40})
        last = phone.wait_for("state:volume_changed", since=mark).payload["server_seq"]
    box.restart()
    with Phone(box.url, "playlists") as phone:
        assert phone.heard("connection_status")[0].payload["server_seq"] > last
        phone.emit("sync:request", {"last_global_seq": last})
        phone.wait_for("sync:error")
    # Answers to named operations live on.
    first = box.post("/playlists", {"title": "once", "client_op_id": "once"})
    box.kill9()
    box.start()
    again = box.post("/playlists", {"title": "twice", "client_op_id": "once"})
    assert again == first
    assert [p["title"] for p in box.get("/playlists")["playlists"]] == ["once"]


def test_one_playlist_by_its_own_number(box: Box) -> None:
    playlist = box.post("/playlists", {"title": "numbered"})
    box.bind("04aa0000000001", playlist["id"])
    box.bind("04aa0000000002", playlist["id"])
    with Phone(box.url) as phone:
        phone.join("playlist", playlist_id=playlist["id"])
        mark = phone.now
        phone.emit("sync:request", {"last_playlist_seqs": {playlist["id"]: playlist["playlist_seq"]}})
        complete = phone.wait_for("sync:complete", since=mark)
        sent = phone.events[mark : complete.index]
        assert [e.name for e in sent] == ["state:playlist"] * 2
        assert [len(e.data["nfc_tag_ids"]) for e in sent] == [1, 2]


def catch_up(phone: Phone) -> int:
    """Until the phone has heard all that was sent to it so far; a mark."""
    mark = phone.now
    phone.emit("client_ping")
    return phone.wait_for("client_pong", since=mark).index


class Wanderer(threading.Thread):
    """A phone that comes and goes, and remembers what it saw for good."""

    def __init__(self, box: Box, seed: int, end: float):
        super().__init__()
        self.box, self.random, self.end = box, random.Random(seed), end
        self.seen: list[str] = []
        self.last: int | None = None
        self.first: int | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while time.monotonic() < self.end:
                self.visit(self.random.uniform(0, 0.4))
            self.visit(0)
        except BaseException as failure:
            self.failure = failure

    def visit(self, length: float) -> None:
        with Phone(self.box.url, "playlists") as phone:
            joined = phone.wait_for("ack:join").payload["server_seq"]
            if self.last is None:
                self.first = joined
            else:
                phone.emit("sync:request", {"last_global_seq": self.last})
                phone.wait_for("sync:complete")
            time.sleep(length)  # how long a person looks; nothing waits for it
            heard = phone.events[: catch_up(phone)]
        events = lasting(heard)
        self.seen += [e.payload["event_id"] for e in events]
        self.last = max([joined, *(e.payload["server_seq"] for e in events)])


def test_phones_that_come_and_go_see_everything_once(box: Box) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    choices = random.Random(seed)
    with Phone(box.url, "playlists") as stays:
        mark = stays.now
        wanderers = [Wanderer(box, seed + number, time.monotonic() + 4) for number in range(4)]
        for wanderer in wanderers:
            wanderer.start()
        made = 0
        while any(w.is_alive() for w in wanderers):
            match choices.randrange(4):
                # Not more: a list of hundreds, told with each new one, soon fills what the box keeps for who was away.
                case 0 if made < 40:
                    box.post("/playlists", {"title": f"made {choices.random()}"})
                    made += 1
                case 1:
                    box.tap(f"04bb{choices.randrange(4):02x}00")
                case _:
                    box.post("/player/volume", {"volume": choices.randrange(101)})
            # At the pace of the phones, which all live in this process.
            catch_up(stays)
        for wanderer in wanderers:
            wanderer.join()
            if wanderer.failure:
                raise wanderer.failure
        all_told = lasting(stays.events[mark : catch_up(stays)])
        for wanderer in wanderers:
            assert wanderer.first is not None and wanderer.last is not None
            theirs = [
                e.payload["event_id"] for e in all_told if wanderer.first < e.payload["server_seq"] <= wanderer.last
            ]
            assert len(set(wanderer.seen)) == len(wanderer.seen), "seen twice"
            assert sorted(wanderer.seen) == sorted(theirs), "missed"
