"""The output thread's steady loop allocates nothing and takes no lock: counted in the real program while it plays."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from alsa_card import plugin
from box import Box
from pulse import Pulse
from waiting import until

Music = Callable[..., Path]


def test_the_steady_loop_neither_allocates_nor_locks(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    counts = card.directory / "counts"
    environment = {
        **card.environment,
        "LD_PRELOAD": str(plugin("counting")),
        "COUNTED_THREAD": "audio-out",
        "COUNTED_FILE": str(counts),
        # ALSA's own lock of each PCM, which it does without for kernel devices and nobody else takes here.
        "LIBASOUND_THREAD_SAFE": "0",
    }
    # ALSA's `null` is the real library without a server behind it, whose own locks would be counted too.
    box = make_box({"audio": {"device": "null"}}, environment).start()
    box.post("/player/volume", {"volume": 37})
    box.post(f"/playlists/{box.playlist('story', [music(26, 6), music(27, 6)])}/start")
    box.wait_player("start", is_playing=True)

    def counted() -> list[int]:
        return [int(number) for number in np.fromfile(counts, "<u8", 4)]

    def heard_until(position_ms: int) -> None:
        until(lambda: box.player["position_ms"] >= position_ms, f"{position_ms} ms of music", every=0.05)

    assert counted()[0] > 0, "the thread was not counted at all: opening a card allocates"
    heard_until(1_000)
    before = counted()
    heard_until(2_500)
    box.post("/player/volume", {"volume": 50})
    heard_until(3_000)
    assert counted() == before, "counts of malloc, free, locks and futexes changed while playing"
    # Nor over a pause, a seek and a joint.
    box.post("/player/pause")
    box.post("/player/play")
    box.post("/player/seek", {"position_ms": 5_000})
    box.wait_player("the joint", track_index=1)
    assert counted() == before, "counts of malloc, free, locks and futexes changed over a pause, a seek and a joint"
