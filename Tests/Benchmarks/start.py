"""From the start of the process to the first answer, and to the music of a tag that lies there, with 50,000 tracks."""

import sqlite3
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

import media
import requests
from box import Box
from pn532 import PN532
from pulse import Pulse
from table import Row, spread
from tap import fresh
from waiting import until

PLAYLISTS, TRACKS = 500, 100
STARTS = 15
TAG = "04bb0000000001"


def fill(database: Path) -> None:
    """Copies the rows that the box itself made, so that whatever its schema demands of a row is met."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    playlist = dict(connection.execute("select * from playlist limit 1").fetchone())
    track = dict(connection.execute("select * from track limit 1").fetchone())
    with connection:
        for number in range(PLAYLISTS):
            copy = {**playlist, "id": str(uuid.uuid4()), "title": f"Playlist {number}", "key": None}
            key = insert(connection, "playlist", copy)
            for position in range(1, TRACKS + 1):
                row = {**track, "id": str(uuid.uuid4()), "playlist": key, "number": position, "key": None}
                row |= {"title": f"Track {position} of {number}", "file_path": f"{number}/{position}.mp3"}
                insert(connection, "track", row)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def insert(connection: sqlite3.Connection, table: str, row: dict) -> int:
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    return connection.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values())).lastrowid


def run() -> list[Row]:
    ready: list[float] = []
    playing: list[float] = []
    with TemporaryDirectory() as directory, Pulse() as card, PN532() as reader:
        config = {"nfc": {"device": reader.connstring, "play_at_start": True}}
        box = Box(config, card.environment).start()
        try:
            box.playlist("start", [media.make(Path(directory), 5, 30, "mp3-cbr")], TAG)
            box.stop()
            fill(box.state / "musicbox.db")
            reader.place(TAG)
            for _ in range(STARTS):
                begin = time.monotonic_ns()
                box.spawn()
                ready.append(first_answer(box, begin))
                tap = until(lambda: fresh(box, begin), "the start tap's latency in the diagnostics")
                playing.append((tap["first_write"] - begin) / 1e6)
                box.stop()
        finally:
            box.remove()
    tracks = f"{PLAYLISTS * TRACKS:,} tracks"
    return [
        Row(f"process start -> first HTTP answer, {tracks}", spread(ready)),
        Row(f"process start -> first sample of the tag there, {tracks}", spread(playing), "<= 150 ms"),
    ]


def first_answer(box: Box, begin: int) -> float:
    """Milliseconds until the box answers; asked every other millisecond."""
    while True:
        try:
            requests.get(box.url + "/api/player/status", timeout=5)
            return (time.monotonic_ns() - begin) / 1e6
        except requests.ConnectionError:
            assert box.process is not None and box.process.poll() is None, box.log[-2_000:]
            time.sleep(0.002)
