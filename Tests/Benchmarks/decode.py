"""Long files and damaged ones, by the decoder alone: how soon a place in them can be heard, and that nothing that is done
to a file ends or holds up the program."""

import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import binary
from table import Row, spread

HOURS = 12
PART = 360  # seconds that are encoded; the rest repeats them
PLACES = [0.999, 0.5, 0.01, 0.77, 0.31, 0.9]
NUMBER = int(os.environ.get("MUSICBOX_FUZZ", "2000"))

MARKS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
title=Two
"""
# What is damaged beside the formats of the tests: containers with chapters, raw frames.
FURTHER = {
    "x.m4b": ["-c:a", "aac", "-f", "mp4"],
    "x.mka": ["-c:a", "libopus"],
    "x.mkv": ["-c:a", "flac"],
    "chapters.mp3": ["-c:a", "libmp3lame"],
    "x.aac": ["-c:a", "aac"],
    "x.webm": ["-c:a", "libvorbis"],
}
SHEET = """FILE "x.flac" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    INDEX 00 00:00:70
    INDEX 01 00:01:00
"""

# ADTS and raw streams apart, what a long story comes in.
LONG = {
    "mp3-cbr": ("mp3", ["-c:a", "libmp3lame", "-b:a", "64k"]),
    "mp3-vbr": ("mp3", ["-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0"]),
    "ogg": ("ogg", ["-c:a", "libvorbis", "-q:a", "0"]),
    "opus": ("opus", ["-c:a", "libopus", "-b:a", "32k"]),
    "m4b": ("m4a", ["-c:a", "aac", "-b:a", "64k"]),
    "flac": ("flac", ["-c:a", "flac"]),
}


def ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *words], check=True)


def long_file(directory: Path, form: str) -> Path:
    """Twelve hours of a melody. A FLAC has to be shorter: two, of one channel."""
    extension, options = LONG[form]
    wav = directory / "part.wav"
    if not wav.exists():
        # Speech has pauses: without them a variable bit rate would be a constant one.
        sound = media.melody(7, PART)
        for second in range(0, PART, 9):
            sound[second * media.RATE : (second + 3) * media.RATE] //= 512
        media.write_wav(wav, sound)
    part = directory / f"part.{form}.{extension}"
    ffmpeg("-i", str(wav), "-ac", "1", *options, str(part))
    whole = directory / f"long.{form}.{extension}"
    repeats = (2 if form == "flac" else HOURS) * 3600 // PART - 1
    codec = options if form == "flac" else ["-c", "copy"]
    ffmpeg("-stream_loop", str(repeats), "-i", str(part), *codec, str(whole))
    part.unlink()
    return whole


def seek(file: Path, ms: int) -> tuple[float, int]:
    """Milliseconds from opening the file to the first decoded sample, by a process that never saw it; where it is."""
    words = [binary("musicboxd"), "probe", "decode", str(file), "--from", str(ms)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = re.match(r"at (\d+) ms after ([\d.]+) ms", said)
    assert found, said
    return float(found[2]), int(found[1])


def long_files() -> list[Row]:
    rows = []
    with TemporaryDirectory() as temporary:
        for form in LONG:
            file = long_file(Path(temporary), form)
            # As an import does: it may note at the file what a seek will want to know.
            subprocess.run([binary("musicboxd"), "probe", "decode", str(file), "--tags"], check=True, capture_output=True)
            duration = (2 if form == "flac" else HOURS) * 3_600_000
            times, errors = [], []
            for share in PLACES:
                wanted = int(duration * share)
                took, place = seek(file, wanted)
                times.append(took)
                errors.append(abs(place - wanted))
            size = file.stat().st_size >> 20
            rows.append(
                Row(
                    f"{form}, {duration // 3_600_000} h, {size} MB: open, go to a place, first sample",
                    f"{spread(times)}, off by at most {max(errors)} ms",
                    "100 ms; 20 ms off",
                )
            )
            file.unlink()
    return rows


def fuzz(file: Path) -> str:
    """Runs through all numbers, over crashes."""
    first, crashes, slowest, peak, played = 0, [], 0.0, 0, 0
    while first < NUMBER:
        run = subprocess.run(
            [binary("decode-fuzz"), str(file), str(first), str(NUMBER - first)], capture_output=True, text=True
        )
        lines = run.stdout.split("\n")
        done = re.search(r"^done ([\d.e-]+) (\d+) (\d+) (\d+)$", run.stdout, re.MULTILINE)
        if done:
            slowest, peak, played = max(slowest, float(done[1])), max(peak, int(done[3])), played + int(done[4])
            break
        last = int([line for line in lines if line.isdigit()][-1])
        crashes.append(last)
        first = last + 1
    ended = f"{len(crashes)} crashes or hangs" + (f" (numbers {crashes[:10]})" if crashes else "")
    return f"{ended}, slowest {slowest * 1000:.0f} ms of CPU, {peak} MB at most, {played} playable to some extent"


def damaged_files() -> list[Row]:
    rows = []
    with TemporaryDirectory() as temporary:
        for form in media.FORMATS:
            file = media.make(Path(temporary), 11, 2, form)
            rows.append(Row(f"{form}: {NUMBER} damaged files", fuzz(file), "none; under 2 s"))
        wav = media.write_wav(Path(temporary) / "sound.wav", media.melody(11, 2))
        marks = Path(temporary) / "marks.txt"
        marks.write_text(MARKS)
        for name, options in FURTHER.items():
            file = Path(temporary) / name
            ffmpeg("-i", str(wav), "-i", str(marks), "-map", "0:a", "-map_metadata", "1", *options, str(file))
            rows.append(Row(f"{name}: {NUMBER} damaged files", fuzz(file), "none; under 2 s"))
        ffmpeg("-i", str(wav), str(Path(temporary) / "x.flac"))
        sheet = Path(temporary) / "x.cue"
        sheet.write_text(SHEET)
        rows.append(Row(f"x.cue: {NUMBER} damaged files beside a good one", fuzz(sheet), "none; under 2 s"))
    return rows


def run() -> list[Row]:
    return long_files() + damaged_files()
