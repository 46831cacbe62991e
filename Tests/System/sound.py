"""Listening: where in a recording a sound is, how like it is, and what is wrong with it."""

from dataclasses import dataclass

import numpy as np

RATE = 44_100


@dataclass(frozen=True)
class Match:
    """`offset`: frame of the recording at which the reference begins (negative: it began before the recording)."""

    offset: int
    correlation: float  # -1...1, over the frames that both have


def mono(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.float64).mean(axis=1) if samples.ndim == 2 else samples.astype(np.float64)


def find(recording: np.ndarray, reference: np.ndarray) -> Match:
    """The best place of the whole `reference` in `recording`, by normalised cross-correlation."""
    heard, sought = mono(recording), mono(reference)
    if len(sought) == 0 or len(heard) < len(sought):
        heard = np.pad(heard, (0, max(0, len(sought) - len(heard) + 1)))
    size = 1 << (len(heard) + len(sought)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sought, size)), size)
    places = len(heard) - len(sought) + 1
    # Energy of the recording under the reference at each place: without it a loud passage beats the right one.
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[len(sought) :] - sums[:places]
    norm = np.sqrt(np.maximum(energy, 1e-9) * np.sum(sought**2))
    scores = np.where(energy > 1e3, product[:places] / np.maximum(norm, 1e-9), 0)
    best = int(np.argmax(scores))
    return Match(best, float(scores[best]))


def position_at(recording: np.ndarray, frame: int, track: np.ndarray, window: int = RATE // 4) -> tuple[float, float]:
    """Which place of `track` (seconds) is heard at `frame` of the recording, and the correlation of that answer."""
    match = find(track, recording[frame : frame + window])
    return match.offset / RATE, match.correlation


def heard_span(recording: np.ndarray) -> tuple[int, int]:
    """First frame that is not digital silence, and the frame after the last."""
    loud = np.flatnonzero(np.any(recording != 0, axis=1))
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def trimmed(recording: np.ndarray) -> np.ndarray:
    begin, end = heard_span(recording)
    return recording[begin:end]


def gaps(recording: np.ndarray, shortest: float = 0.003) -> list[tuple[int, int]]:
    """Runs of digital silence longer than `shortest` seconds inside the sound: (first frame, frames)."""
    begin, end = heard_span(recording)
    silent = np.concatenate(([0], ~np.any(recording[begin:end] != 0, axis=1), [0])).astype(int)
    edges = np.diff(silent)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(begin + int(s), int(e - s)) for s, e in zip(starts, ends) if e - s > shortest * RATE]


def roughness(samples: np.ndarray) -> float:
    """The largest second difference: a click is a corner, and music below 2 kHz has none."""
    if len(samples) < 3:
        return 0
    return float(np.abs(np.diff(samples.astype(np.float64), n=2, axis=0)).max())


def worst_difference(recording: np.ndarray, reference: np.ndarray, offset: int) -> int:
    """Largest difference in any sample between `reference` and the recording from `offset` on."""
    part = recording[offset : offset + len(reference)].astype(np.int32)
    if len(part) < len(reference):
        raise AssertionError(f"the recording ends {len(reference) - len(part)} frames before the reference does")
    return int(np.abs(part - reference).max())


def first_break(heard: np.ndarray, original: np.ndarray) -> str | None:
    """Where `heard`, without silence at its ends, stops being one piece of `original`, sample by sample; None: nowhere.

    The last 20 ms are left out: there a recording that is stopped while music plays may end in half a block.
    """
    heard = trimmed(heard)[: -RATE // 50]
    if len(heard) == 0:
        return "nothing is heard"
    place = find(original, heard[: RATE // 4]).offset
    same = min(len(heard), len(original) - place)
    wrong = np.flatnonzero(np.any(heard[:same] != original[place : place + same], axis=1))
    if len(wrong) == 0:
        return None if same == len(heard) else "it goes on after the end"
    begin = int(wrong[0])
    silent = bool(np.all(heard[begin : begin + 50] == 0))
    return f"after {begin / RATE:.3f} s ({'silence' if silent else 'other sound'}), {len(wrong)} frames are wrong"


def loudness(samples: np.ndarray) -> float:
    """Root mean square in dB below full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples.astype(np.float64)))) / 32_768 + 1e-12))
