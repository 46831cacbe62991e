"""How long a child waits: from the tag in the reader's field to the first sample handed to the card."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import Box
from phone import Phone
from pn532 import PN532
from pulse import Pulse
from reader_box import settle
from table import Row, spread
from waiting import until

TAPS = 240
TAGS = {"mp3-cbr": "04aa0000000001", "flac": "04aa0000000002", "opus": "04aa0000000003", "m4a-aac": "04aa0000000004"}


def latencies(box: Box) -> list[dict]:
    """The taps that the box remembers: nanoseconds of CLOCK_MONOTONIC, newest last."""
    return box.get("/system/diagnostics")["latency"]["taps"]


def run() -> list[Row]:
    inside: list[float] = []
    outside: list[float] = []
    with TemporaryDirectory() as directory, Pulse() as card, PN532() as reader:
        config = {"nfc": {"device": reader.connstring}}
        with Box(config, card.environment) as box:
            for seed, (form, tag) in enumerate(TAGS.items()):
                box.playlist(form, [media.make(Path(directory), seed, 30, form)], tag)
            settle(box, reader)
            with Phone(box.url, "playlists") as phone:
                for number in range(TAPS):
                    tag = list(TAGS.values())[number % len(TAGS)]
                    mark = phone.now
                    reader.remove()
                    # A child does not tap in step with the reader's search: spread over its whole cycle.
                    time.sleep(0.25 + (number * 0.0137) % 0.08)
                    placed = reader.place(tag)
                    phone.wait_player(mark, is_playing=True, active_playlist_title=list(TAGS)[number % len(TAGS)])
                    newest = until(lambda: fresh(box, placed), "the tap's latency in the diagnostics")
                    inside.append((newest["first_write"] - newest["seen"]) / 1e6)
                    outside.append((newest["first_write"] - placed) / 1e6)
    return [
        Row("reader sees tag -> first sample to ALSA", spread(inside), "p50 <= 15 ms, p99 <= 40 ms"),
        Row("tag enters the emulated field -> first sample", spread(outside), "that, and a search every 50 ms"),
    ]


def fresh(box: Box, after: int) -> dict | None:
    """The newest tap, if it began to sound after that time."""
    taps = [tap for tap in latencies(box) if tap["first_write"] > after]
    return taps[-1] if taps else None
