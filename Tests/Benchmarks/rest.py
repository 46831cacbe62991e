"""What a phone waits for when it lists playlists, and how fast a file arrives.

Raw sockets on one kept connection: the client's own cost stays out.
"""

import hashlib
import http.client
import json
import random
import socket
import struct
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import Box
from start import fill
from table import Row, spread

PLAYLISTS, TRACKS = 1_000, 50
PAGES = 400
CHUNK = 4 << 20
FILE = 2 << 30


def listing() -> list[Row]:
    times: dict[str, list[float]] = {"": [], "&q=track+7+of": []}
    box = Box({"audio": {"device": "silent"}}).start()
    try:
        with TemporaryDirectory() as directory:
            box.playlist("first", [media.make(Path(directory), 5, 2, "mp3-cbr")])
        box.stop()
        fill(box.state / "musicbox.db", PLAYLISTS, TRACKS)
        box.start()
        connection = http.client.HTTPConnection("127.0.0.1", box.port)
        random.seed(1)
        for query, measured in times.items():
            for number in range(PAGES // (1 if not query else 10)):
                page = random.randint(1, PLAYLISTS // 50)
                begin = time.perf_counter_ns()
                connection.request("GET", f"/api/playlists?page={page}&limit=50{query}")
                answer = connection.getresponse()
                body = answer.read()
                measured.append((time.perf_counter_ns() - begin) / 1e6)
                assert answer.status == 200, body[:300]
                assert number or len(json.loads(body)["data"]["playlists"]) == 50
        box.stop()
    finally:
        box.remove()
    size = f"{PLAYLISTS:,} playlists of {TRACKS} tracks"
    return [
        Row(f"GET /playlists, a page of 50 of {size}", spread(times[""]), "p99 <= 5 ms"),
        Row("the same with a search that many titles match", spread(times["&q=track+7+of"])),
    ]


class Watch(threading.Thread):
    """The most private memory the box has had, in bytes."""

    def __init__(self, box: Box):
        super().__init__(daemon=True)
        self.rollup = Path(f"/proc/{box.pid}/smaps_rollup")
        self.start_value = self.most = self.now()
        self.done = threading.Event()
        self.start()

    def now(self) -> int:
        lines = self.rollup.read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_Dirty:"))

    def run(self) -> None:
        while not self.done.wait(0.05):
            self.most = max(self.most, self.now())

    def stop(self) -> int:
        """How much more it was than at the start."""
        self.done.set()
        self.join()
        return self.most - self.start_value


def upload() -> list[Row]:
    # Digital silence: a WAV file of 2 GB of which only the header has to be made.
    head = b"RIFF" + struct.pack("<I", FILE - 8) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44_100, 176_400, 4, 16)
    head += b"data" + struct.pack("<I", FILE - 44)
    zeros = bytes(CHUNK)
    digest = hashlib.sha256(head)
    for left in range(FILE - len(head), 0, -CHUNK):
        digest.update(zeros[: min(left, CHUNK)])
    box = Box({"audio": {"device": "silent"}, "storage": {"min_free_mb": 0}}).start()
    try:
        playlist = box.post("/playlists", {"title": "large"})["id"]
        route = f"/playlists/{playlist}/uploads"
        wanted = {"filename": "silence.wav", "file_size": FILE, "chunk_size": CHUNK, "file_hash": digest.hexdigest()}
        session = box.post(f"{route}/session", wanted)
        path = f"{route}/{session['session_id']}"
        watch = Watch(box)
        begin = time.perf_counter()
        with socket.create_connection(("127.0.0.1", box.port)) as connection:
            reply = connection.makefile("rb")
            for index in range(session["total_chunks"]):
                text = f"PUT /api{path}/chunks/{index} HTTP/1.1\r\nHost: box\r\nContent-Length: {CHUNK}\r\n\r\n"
                connection.sendall(text.encode())
                connection.sendall(head + zeros[len(head) :] if index == 0 else zeros)
                answer = http.client.HTTPResponse(connection)
                answer.fp = reply
                answer.begin()
                body = answer.read()
                answer.fp = None
                assert answer.status == 200, body[:300]
        sent = time.perf_counter() - begin
        begin = time.perf_counter()
        track = box.post(f"{path}/finalize")["track"]
        finished = time.perf_counter() - begin
        assert track["file_size"] == FILE and track["file_hash"] == digest.hexdigest()
        more = watch.stop()
        box.stop()
    finally:
        box.remove()
    rate = FILE / 1e6
    return [
        Row("upload of 2 GB in chunks of 4 MB", f"{rate / sent:.0f} MB/s", ">= 200 MB/s"),
        Row("the same with check, fsync and probe at the end", f"{rate / (sent + finished):.0f} MB/s"),
        Row("more private memory meanwhile", f"{more / 1e6:.1f} MB", "< 16 MB"),
    ]


def run() -> list[Row]:
    return listing() + upload()
