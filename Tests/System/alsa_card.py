"""ALSA devices of the tests' own: configurations, and plug-ins compiled from alsa/*.c, that do what cards do and fail when
they are told to."""

import subprocess
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from pulse import Pulse

SOURCES = Path(__file__).with_name("alsa")
_built: dict[str, Path] = {}


def plugin(name: str) -> Path:
    """The shared object of `alsa/NAME.c`, compiled once per run."""
    if name not in _built:
        target = Path(mkdtemp(prefix="musicbox-alsa-")) / f"{name}.so"
        source = str(SOURCES / f"{name}.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-DPIC", "-O1", "-o", str(target), source, "-lasound"], check=True)
        _built[name] = target
    return _built[name]


def configure(card: Pulse, text: str) -> None:
    """Makes `text` the ALSA configuration of programs that run in the card's environment, beside the system's."""
    (card.directory / ".asoundrc").write_text(text)


class Knobs:
    """The mixer of alsa/card.c, as `ctl.card` beside a `pcm.card` that plays to PulseAudio."""

    def __init__(self, card: Pulse):
        self.directory = card.directory / "knobs"
        self.directory.mkdir()
        self.turn(10, 0, 0)
        configure(
            card,
            f'ctl_type.card {{ lib "{plugin("card")}" }}\n'
            f'ctl.card {{ type card  state "{self.directory}" }}\n'
            "pcm.card { type pulse }\n",
        )

    @property
    def levels(self) -> tuple[int, int, int]:
        """Digital (0...51, in dB above -51), Boost, and the switch of Digital."""
        digital, boost, switch = map(int, (self.directory / "levels").read_text().split())
        return digital, boost, switch

    def turn(self, digital: int, boost: int, switch: int) -> None:
        """By another hand than the box's."""
        fresh = self.directory / "levels.turned"  # "levels.new" is the card's own
        fresh.write_text(f"{digital}\n{boost}\n{switch}\n")
        fresh.rename(self.directory / "levels")

    def fault(self, letter: str) -> None:
        """`s`: the knobs are stuck; `g`: the card is gone; `l`: it is late to tell of changes; empty: all is well."""
        # As a whole: a file that is just being written is empty, and all would be well.
        fresh = self.directory / "faults.new"
        fresh.write_text(letter)
        fresh.rename(self.directory / "faults")


class Output:
    """A card of alsa/output.c, as the PCM `name`; `played` is what it has played, as bytes of its own format."""

    def __init__(
        self,
        card: Pulse,
        name: str = "output",
        format: str = "S16_LE",
        channels: int = 2,
        rate: int = 44_100,
        library: str = "output",
    ):
        self.directory = card.directory / name
        self.directory.mkdir()
        self.format, self.channels, self.rate = format, channels, rate
        self.definition = (
            f'pcm_type.output {{ lib "{plugin(library)}" }}\n'
            f'pcm.{name} {{ type output  state "{self.directory}"  format "{format}"'
            f"  channels {channels}  rate {rate} }}\n"
        )
        configure(card, self.definition)

    def fault(self, letter: str) -> None:
        """`b`: busy, `g`: gone, `s`: asleep, `n`: takes a nap, `h`: hangs, `x`: runs dry once, `r`: gives nothing back;
        empty: all is well."""
        fresh = self.directory / "faults.new"
        fresh.write_text(letter)
        fresh.rename(self.directory / "faults")

    @property
    def is_over(self) -> bool:
        """Whether the card has had the fault that passes by itself: `n`, `x`."""
        return not (self.directory / "faults").exists()

    @property
    def rewound(self) -> list[tuple[int, int]]:
        """Of the library `kernel`: how many frames it gave back each time it was asked, and how many it kept."""
        path = self.directory / "rewound"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(taken), int(kept)) for taken, kept in map(str.split, lines)]

    @property
    def played(self) -> np.ndarray:
        """Of shape (frames, channels), full scale being 1."""
        path = self.directory / "played"
        data = path.read_bytes() if path.exists() else b""
        width = {"S16_LE": 2, "S24_3LE": 3, "S24_LE": 4, "S32_LE": 4, "FLOAT_LE": 4}[self.format]
        data = data[: len(data) // (width * self.channels) * width * self.channels]
        if self.format == "FLOAT_LE":
            samples = np.frombuffer(data, "<f4").astype(np.float64)
        elif self.format == "S24_3LE":
            parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int64)
            samples = ((parts[:, 0] << 8 | parts[:, 1] << 16 | parts[:, 2] << 24) ^ 1 << 31).astype(np.float64)
            samples = (samples - 2.0**31) / 2.0**31
        else:
            scale = {"S16_LE": 2**15, "S24_LE": 2**23, "S32_LE": 2**31}[self.format]
            samples = np.frombuffer(data, f"<i{width}") / scale
        return samples.reshape(-1, self.channels)
