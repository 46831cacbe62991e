"""How soon a pause and a seek are heard on the driver of a kernel: a guest in QEMU plays to an emulated HDA card, whose
recording says by itself which place of the file each sample is of. No clock is compared with another."""

import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import media
import numpy as np
import requests
from guest.image import Missing
from guest.machine import RATE, Guest, GuestBox
from table import Row, spread

DEVICES = ["hw:0", "default"]
TIMES = 12
SECONDS = 60
# The samples left and right are cosine and sine of the place, so that neither a fade nor a resampler hides it; the same
# comes again after these seconds. As slow as this, nothing but a click makes a step from one sample to the next.
PERIOD = 2.0
AMPLITUDE = 28_000
FAINT = 0.02 * AMPLITUDE
# Longer than a request takes to be heard, and QEMU to write it.
BEFORE, AFTER = 0.1, 1.0


@dataclass
class Heard:
    """What became of some requests of one kind, in milliseconds, and the largest step in parts of the amplitude."""

    request: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    gap: list[float] = field(default_factory=list)
    off: list[float] = field(default_factory=list)
    step: float = 0.0

    def rows(self, name: str) -> list[Row]:
        rows = [Row(f"{name}: heard after", spread(self.after))]
        if self.gap:
            rows.append(Row(f"{name}: of it, silence between old and new", spread(self.gap)))
        return [
            *rows,
            Row(f"{name}: of it, the request until its answer", spread(self.request)),
            Row(f"{name}: position told less recorded", spread(list(np.abs(self.off)))),
            Row(f"{name}: largest step from sample to sample", f"{self.step:.2%} of the amplitude", "a fade's: < 1 %"),
        ]


def song(directory: Path) -> Path:
    turn = 2 * np.pi / PERIOD * np.arange(SECONDS * media.RATE) / media.RATE
    samples = AMPLITUDE * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return media.write_wav(directory / "places.wav", np.round(samples).astype(np.int16))


class Listener:
    """Sends requests and looks for what they did in the recording."""

    def __init__(self, guest: Guest, box: GuestBox):
        self.guest = guest
        self.box = box
        # One connection: that it must be made first is no part of what a phone's tap takes.
        self.session = requests.Session()

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        answer = self.session.request(method, f"{self.box.url}/api/player/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def record(self, seconds: float) -> None:
        end = self.guest.frames + int(seconds * RATE)
        self.guest.samples(end - 1, end)

    def request(self, heard: Heard, path: str, body: dict) -> np.ndarray:
        """The recording around it, as complex numbers."""
        begin = self.guest.frames - int(BEFORE * RATE)
        start = time.monotonic()
        self.ask("POST", path, body)
        heard.request.append((time.monotonic() - start) * 1_000)
        samples = self.guest.samples(begin, begin + int((BEFORE + AFTER) * RATE)).astype(float)
        turns = samples[:, 0] + 1j * samples[:, 1]
        heard.step = max(heard.step, float(np.abs(np.diff(turns)).max()) / AMPLITUDE)
        return turns

    @property
    def position(self) -> float:
        return self.ask("GET", "status")["position_ms"] / 1_000

    def pause(self, heard: Heard) -> None:
        before = self.position
        turns = self.request(heard, "pause", {})
        loud = np.flatnonzero(np.abs(turns) > FAINT)
        last = place(turns[loud[-1]])
        heard.after.append(since(before, last) * 1_000)
        heard.off.append(since(last, self.position) * 1_000)
        self.ask("POST", "play", {})

    def seek(self, heard: Heard, region: float) -> None:
        before = self.position
        # Where the sine of the new place is opposite to the old.
        target = region + (before + 0.2 + PERIOD / 2 - region) % PERIOD
        turns = self.request(heard, "seek", {"position_ms": round(target * 1_000)})
        loud = np.flatnonzero(np.abs(turns) > FAINT)
        # Where a sample would be from which all sounds on without a break to the last one recorded.
        begins = place(turns[loud]) - loud / RATE
        new = np.abs(since(begins[-1], begins)) < 0.02
        first = int(np.flatnonzero(~new)[-1]) + 1
        gap = (loud[first] - loud[first - 1] - 1) / RATE
        heard.gap.append(gap * 1_000)
        heard.after.append((since(before, place(turns[loud[first - 1]])) + gap) * 1_000)
        heard.off.append(since(place(turns[loud[first]]), target) * 1_000)


def place(turn: np.ndarray) -> np.ndarray:
    """Seconds within the period."""
    return np.angle(turn) / (2 * np.pi) * PERIOD


def since(begin: np.ndarray | float, end: np.ndarray | float) -> np.ndarray | float:
    """Seconds from one place to another, taken for the shorter way round."""
    return (end - begin + PERIOD / 2) % PERIOD - PERIOD / 2


def measure(guest: Guest, device: str, file: Path) -> list[Row]:
    with GuestBox(guest, device) as box:
        playlist = box.playlist("places", [file])
        listener = Listener(guest, box)
        begin = guest.frames
        box.post(f"/playlists/{playlist}/start")
        listener.record(3)
        samples = guest.samples(begin, guest.frames).astype(float)
        turns = samples[:, 0] + 1j * samples[:, 1]
        first = place(turns[np.flatnonzero(np.abs(turns) > FAINT)[0]]) * 1_000
        paused, sought = Heard(), Heard()
        for number in range(TIMES):
            listener.record(1 + number * 0.037)
            listener.pause(paused)
        for number in range(TIMES):
            listener.record(1 + number * 0.037)
            listener.seek(sought, 5.0 if number % 2 else 35.0)
        audio = box.get("/system/diagnostics")["audio"]
        output = audio["output"]
    # Once the box has let go of it: it may be the only one that can have it.
    chain = guest.run(f"timeout 5 aplay -v -D {device} -t raw -f S16_LE -r {output['rate']} -c 2 -d 1 /dev/zero")
    names = re.findall(r"^(?:Slave: |Plug PCM: )?(\w[^:]*) PCM\b", chain, re.MULTILINE)
    told = f"{output['rate']} Hz, period {output['period_frames']}, buffer {output['buffer_frames']} frames"
    return [
        Row(f"{device}: {' > '.join(names)}", told),
        Row(f"{device}, start: the first place heard", f"{first:.1f} ms", "0: nothing is lost"),
        *paused.rows(f"{device}, pause"),
        *sought.rows(f"{device}, seek"),
        Row(f"{device}: xruns, underfeeds", f"{audio['xruns']}, {audio['underfeeds']}"),
    ]


def run() -> list[Row]:
    try:
        with TemporaryDirectory() as directory, Guest(Path(directory)) as guest:
            file = song(Path(directory))
            return [row for device in DEVICES for row in measure(guest, device, file)]
    except Missing as error:
        print(f"   left out: {error}", file=sys.stderr)
        return []
