"""CPU for each format, between two marks of the same run: what MPD needs to play it, and what decoding it costs at least
(`ffmpeg -f null`). Playing has to be below the one; decoding, by the code that plays, at most 1.5 times the other. Both
players play at the same time: processors change their speed from one minute to the next."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import Box, binary
from cost import MPD
from pn532 import PN532
from pulse import Pulse
from table import Row

SECONDS = 40


def run_times(pid: int) -> dict[str, int]:
    """Nanoseconds that each thread of `pid` has run; /proc/PID/stat counts in ticks of 10 ms."""
    return {file.parent.name: int(file.read_text().split()[0]) for file in Path(f"/proc/{pid}/task").glob("*/schedstat")}


def playing(*pids: int) -> list[float]:
    """Shares of a core while they play, some time after the start."""
    time.sleep(7)
    before, begin = [run_times(pid) for pid in pids], time.monotonic()
    time.sleep(SECONDS)
    # A thread that ended meanwhile was idle before; what it ran ever must not be taken off.
    ran = [
        sum(now - old.get(thread, 0) for thread, now in run_times(pid).items()) for pid, old in zip(pids, before)
    ]
    return [nanoseconds / 1e9 / (time.monotonic() - begin) for nanoseconds in ran]


def child_time(command: list[str]) -> float:
    """Seconds of CPU that a program uses from start to end."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return used.ru_utime + used.ru_stime


def share(command: Callable[[Path], list[str]], file: Path, start: Path, seconds: float) -> float:
    """Share of a core that decoding takes in real time: the best of three, the program's start not counted."""
    whole, begin = (min(child_time(command(path)) for _ in range(3)) for path in (file, start))
    return max(0.0, whole - begin) / seconds


def ffmpeg(file: Path) -> list[str]:
    return ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(file), "-f", "null", "-"]


def musicboxd(file: Path) -> list[str]:
    return [str(binary("musicboxd")), "probe", "decode", str(file)]


def run() -> list[Row]:
    rows: list[Row] = []
    with TemporaryDirectory() as temporary, Pulse() as card, PN532() as reader:
        music = Path(temporary) / "music"
        music.mkdir()
        length = SECONDS + 40
        files = {form: media.make(music, 3, length, form) for form in media.FORMATS}
        mpd = MPD(Path(temporary), card.environment, music)
        try:
            with Box({"nfc": {"device": reader.connstring}}, card.environment) as box:
                box.post("/player/volume", {"volume": 100})
                box.wait_component("nfc", "healthy")
                for form, file in files.items():
                    short = media.make(Path(temporary), 4, 0.1, form)
                    playlist = box.playlist(form, [file])
                    mpd.play(file)
                    box.post(f"/playlists/{playlist}/start")
                    box.wait_player("start", is_playing=True)
                    ours, theirs = playing(box.pid, mpd.process.pid)
                    box.post("/player/stop")
                    mpd.stop()
                    limit, decoder = (share(program, file, short, length) for program in (ffmpeg, musicboxd))
                    rows += [
                        Row(
                            f"{form}, played: musicboxd, mpd",
                            f"{ours:.2%}, {theirs:.2%}",
                            f"below mpd: {ours / max(theirs, 1e-9):.2f}",
                        ),
                        Row(
                            f"{form}, decoded: musicboxd, ffmpeg -f null",
                            f"{decoder:.3%}, {limit:.3%}",
                            f"<= 1.5: {decoder / max(limit, 1e-9):.2f}",
                        ),
                    ]
        finally:
            mpd.close()
    return rows
