"""A library that was put into the media directory: how many files a second the box takes in, beside mpd's update of the
same tree. The box reads each file whole (its hash is how it knows a moved file again), mpd reads the beginnings."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import media
import requests
from box import Box
from processes import usage
from table import Row

FOLDERS, FILES = 200, 50
SECONDS = 2


def fill(directory: Path) -> int:
    """A tree of files that differ, with titles of their own; bytes in all."""
    with TemporaryDirectory() as temporary:
        sound = media.make(Path(temporary), 501, SECONDS, "mp3-cbr").read_bytes()
    if sound[:3] == b"ID3":
        size = sum((byte & 0x7F) << shift for byte, shift in zip(sound[6:10], (21, 14, 7, 0)))
        sound = sound[10 + size :]
    for folder in range(FOLDERS):
        (directory / f"Album {folder:03}").mkdir(parents=True)
        for number in range(1, FILES + 1):
            title = f"Title {number} of {folder}".encode()
            frame = b"TIT2" + (len(title) + 1).to_bytes(4, "big") + b"\0\0" + b"\0" + title
            tag = b"ID3\x03\0\0" + bytes([0, 0, len(frame) >> 7, len(frame) & 0x7F]) + frame
            file = directory / f"Album {folder:03}" / f"{number:02} track.mp3"
            file.write_bytes(tag + sound)
            os.utime(file, (1_700_000_000, 1_700_000_000))
    return FOLDERS * FILES * len(sound)


class Update:
    """An mpd whose database is empty, without any output."""

    def __init__(self, directory: Path, music: Path):
        self.environment = {**os.environ, "MPD_HOST": str(directory / "socket")}
        config = directory / "mpd.conf"
        config.write_text(
            f'music_directory "{music}"\ndb_file "{directory}/db"\nbind_to_address "{directory}/socket"\n'
            f'pid_file "{directory}/pid"\naudio_output {{\n  type "null"\n  name "none"\n}}\n'
        )
        self.process = subprocess.Popen(
            ["mpd", "--no-daemon", "--stderr", str(config)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not (directory / "socket").exists():
            time.sleep(0.01)

    def run(self) -> None:
        subprocess.run(["mpc", "--quiet", "update", "--wait"], env=self.environment, check=True, timeout=1_200)

    @property
    def songs(self) -> int:
        listed = subprocess.run(["mpc", "listall"], env=self.environment, check=True, capture_output=True, timeout=60)
        return len(listed.stdout.splitlines())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def run() -> list[Row]:
    count = FOLDERS * FILES
    with TemporaryDirectory() as temporary:
        music = Path(temporary) / "music"
        size = fill(music)
        box = Box({"audio": {"device": "silent"}, "library": {"watch": False}}).start()
        try:
            shutil.rmtree(box.state / "media")
            tree = Path(shutil.move(music, box.state / "media"))
            before, begin = usage(box.pid), time.monotonic()
            told = sync(box)
            ours, cost = time.monotonic() - begin, usage(box.pid) - before
            assert told["tracks_added"] == count, told
            begin = time.monotonic()
            sync(box)
            again = time.monotonic() - begin
            mpd = Update(Path(temporary), tree)
            try:
                before, begin = usage(mpd.process.pid), time.monotonic()
                mpd.run()
                theirs, peer = time.monotonic() - begin, usage(mpd.process.pid) - before
                assert mpd.songs == count
                begin = time.monotonic()
                mpd.run()
                peer_again = time.monotonic() - begin
            finally:
                mpd.close()
        finally:
            box.stop()
            box.remove()
    label = f"scan of {count:,} files, {size >> 20} MB"
    return [
        Row(f"{label}: musicboxd", f"{count / ours:.0f} files/s, {cost.cpu:.1f} s of CPU", "hashes every byte"),
        Row(f"{label}: mpd update", f"{count / theirs:.0f} files/s, {peer.cpu:.1f} s of CPU"),
        Row("the same again, nothing new: musicboxd", f"{again * 1_000:.0f} ms"),
        Row("the same again, nothing new: mpd update", f"{peer_again * 1_000:.0f} ms"),
    ]


def sync(box: Box) -> dict:
    return requests.post(box.url + "/api/playlists/sync", json={}, timeout=1_200).json()["data"]
