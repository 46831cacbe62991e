"""How evenly positions come to a phone, and how true they are against the recording of the card."""

from pathlib import Path
from tempfile import TemporaryDirectory

import media
import numpy as np
import sound
from box import Box
from phone import Phone
from pulse import RATE, Pulse
from table import Row, spread

SECONDS = 60
PAUSES = 12


def run() -> list[Row]:
    with TemporaryDirectory() as directory, Pulse() as card:
        file = media.make(Path(directory), 1, SECONDS + 30, "mp3-cbr")
        with Box({}, card.environment) as box:
            playlist = box.playlist("positions", [file])
            box.post("/player/volume", {"volume": 100})
            with Phone(box.url, "playlists") as phone, card.record() as recording:
                box.post(f"/playlists/{playlist}/start")
                recording.wait_sound()
                mark = phone.now
                recording.wait(SECONDS)
                ticks = [e for e in phone.heard("state:track_position", mark) if e.data["is_playing"]]
                # What the card still holds must not be taken for the beginning of the next recording.
                box.post("/player/stop")
                recording.wait(0.5)
            errors = [pause_error(box, card, playlist, seconds=0.5 + 0.13 * n) for n in range(PAUSES)]
    arrived = np.diff([tick.at for tick in ticks]) * 1_000
    sent = np.diff([tick.payload["timestamp"] for tick in ticks])
    # Against the phone's own clock: how far each position is from the straight line through all of them.
    lead = np.array([tick.data["position_ms"] - tick.at * 1_000 for tick in ticks if tick.data["position_ms"] > 0])
    drift = lead - np.median(lead)
    return [
        Row("positions: interval at the phone", spread(list(arrived)), "200 ms"),
        Row("positions: shortest interval sent", f"{sent.min()} ms (n={len(sent)})", ">= 150 ms"),
        Row("positions: off the line through all of them, at the phone", spread(list(np.abs(drift))), "<= 20 ms"),
        Row("positions: told at a pause less recorded", spread(list(np.abs(errors))), "<= 20 ms"),
    ]


def pause_error(box: Box, card: Pulse, playlist: str, seconds: float) -> float:
    """Milliseconds between the position of a pause and what the card played until then."""
    with card.record() as recording:
        box.post(f"/playlists/{playlist}/play/1")
        recording.wait_sound()
        recording.wait(seconds)
        box.post("/player/pause")
        # Longer than the card holds.
        recording.wait(0.6)
        told = box.wait_player("pause", state="paused")["position_ms"]
        begin, end = sound.heard_span(recording.stop())
    box.post("/player/stop")
    return told - (end - begin) / RATE * 1_000
