"""Test music: little melodies that no two seeds share, so that a recording tells which file it is of, in every format
the box plays and in the states of decay that files are found in."""

import subprocess
import wave
from pathlib import Path

import numpy as np

RATE = 44_100

# name -> (file name extension, encoder arguments of ffmpeg)
FORMATS: dict[str, tuple[str, list[str]]] = {
    "mp3-cbr": ("mp3", ["-c:a", "libmp3lame", "-b:a", "192k"]),
    "mp3-vbr": ("mp3", ["-c:a", "libmp3lame", "-q:a", "2"]),
    "flac": ("flac", ["-c:a", "flac"]),
    "wav": ("wav", ["-c:a", "pcm_s16le"]),
    "ogg": ("ogg", ["-c:a", "libvorbis", "-q:a", "6"]),
    "opus": ("opus", ["-c:a", "libopus", "-b:a", "160k"]),
    "m4a-aac": ("m4a", ["-c:a", "aac", "-b:a", "192k"]),
    "m4a-alac": ("m4a", ["-c:a", "alac"]),
}


def melody(seed: int, seconds: float, rate: int = RATE) -> np.ndarray:
    """Plucked notes at random times and pitches below 2 kHz, different left and right; int16, shape (frames, 2).

    Smooth and band-limited on purpose: a click of the player then stands out by its second difference, and a resampler
    may shift it by a fraction of a sample without spoiling a correlation.
    """
    random = np.random.default_rng(seed)
    frames = int(seconds * rate)
    sound = np.zeros((frames, 2))
    time = np.arange(frames) / rate
    # A continuous ground under the notes: no instant is silent, so that any gap can be seen.
    for channel in range(2):
        wobble = np.cumsum(220 + 110 * np.sin(2 * np.pi * random.uniform(0.2, 0.7) * time + random.uniform(0, 6)))
        sound[:, channel] += 0.25 * np.sin(2 * np.pi * wobble / rate + random.uniform(0, 6))
    start = 0.0
    while start < seconds:
        begin = int(start * rate)
        length = min(frames - begin, rate)
        t = np.arange(length) / rate
        attack = np.minimum(t / 0.005, 1)
        note = attack * np.exp(-t * 5) * np.sin(2 * np.pi * random.uniform(300, 1_900) * t)
        balance = random.uniform(0.2, 0.8)
        sound[begin : begin + length, 0] += 0.5 * balance * note
        sound[begin : begin + length, 1] += 0.5 * (1 - balance) * note
        start += random.uniform(0.05, 0.25)
    # It begins and ends softly, though never with digital silence: the edges of what is heard stay exact.
    edge = np.clip(np.arange(frames) / (0.005 * rate), 0.002, 1)
    sound *= np.minimum(edge, edge[::-1])[:, None]
    return (sound / np.abs(sound).max() * 0.8 * 32_767).astype(np.int16)


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def encode(path: Path, samples: np.ndarray, form: str | None = None, tags: dict[str, str] | None = None) -> Path:
    """Writes `samples` to `path` as `form` (a key of FORMATS; else by the name's extension)."""
    extension = path.suffix[1:]
    arguments = FORMATS[form][1] if form else next(a for e, a in FORMATS.values() if e == extension)
    metadata = [word for name, value in (tags or {}).items() for word in ("-metadata", f"{name}={value}")]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0"]
    subprocess.run([*command, *arguments, *metadata, str(path)], input=samples.astype("<i2").tobytes(), check=True)
    return path


def make(directory: Path, seed: int, seconds: float = 4, form: str = "flac", title: str | None = None) -> Path:
    """A file of `melody(seed, seconds)`; its name and title say the seed."""
    name = title or f"melody {seed} {form}"
    return encode(directory / f"{name}.{FORMATS[form][0]}", melody(seed, seconds), form, {"title": name})


def decode(path: Path) -> np.ndarray:
    """What a correct player plays of `path` at the card's rate: int16, shape (frames, 2)."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ar", str(RATE), "-ac", "2", "pipe:1"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(output, dtype="<i2").reshape(-1, 2)


def lame(path: Path, wav: Path, *options: str) -> Path:
    """By the `lame` program itself: its info tag says how much delay and padding a gapless player must drop."""
    subprocess.run(["lame", "--quiet", *options, str(wav), str(path)], check=True)
    return path


def scramble(path: Path, seed: int = 1) -> None:
    """Overwrites a file with noise of its size in which no MPEG frame can begin: audio by name and size only."""
    noise = np.random.default_rng(seed).integers(0, 0xFF, path.stat().st_size, dtype=np.uint8)
    path.write_bytes(noise.tobytes())
