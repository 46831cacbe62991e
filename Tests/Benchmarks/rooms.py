"""What a phone waits for when it comes: a join with its snapshots, and what it missed, with 1,000 playlists of 50 tracks."""

import json
import time
from contextlib import closing
from pathlib import Path

import media
import websocket
from box import Box
from start import fill
from table import Row, spread

PLAYLISTS, TRACKS = 1_000, 50
JOINS, REPLAYS, MISSED = 50, 20, 1_000


class Raw:
    """Socket.IO by hand: nothing is parsed that is not asked for, so that the client's own cost stays out."""

    def __init__(self, box: Box):
        self.socket = websocket.create_connection(
            box.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=60
        )
        self.socket.recv()
        self.socket.send("40")
        self.until("connection_status")

    def send(self, event: str, **fields: object) -> None:
        self.socket.send("42" + json.dumps([event, fields]))

    def until(self, event: str) -> tuple[dict, int]:
        """The payload of the next event of this name, and how many frames came up to it."""
        frames = 0
        while True:
            text = self.socket.recv()
            if text == "2":
                self.socket.send("3")
                continue
            frames += 1
            if text.startswith(f'42["{event}"'):
                return json.loads(text[2:])[1], frames

    def ask(self, event: str, answer: str, **fields: object) -> tuple[float, dict, int]:
        """Milliseconds until the answer, its payload, and the frames up to it."""
        begin = time.perf_counter_ns()
        self.send(event, **fields)
        payload, frames = self.until(answer)
        return (time.perf_counter_ns() - begin) / 1e6, payload, frames

    def close(self) -> None:
        self.socket.close()


def run() -> list[Row]:
    lists: list[float] = []
    single: list[float] = []
    replays: list[float] = []
    box = Box({"audio": {"device": "silent"}}).start()
    try:
        box.playlist("one", [media.make(Path(box.directory), 5, 1, "flac")])
        box.stop()
        fill(box.state / "musicbox.db", PLAYLISTS, TRACKS)
        box.start()
        some = box.get("/playlists?limit=50&page=2")["playlists"][0]["id"]
        for _ in range(JOINS):
            with closing(Raw(box)) as phone:
                lists.append(phone.ask("join:playlists", "ack:join")[0])
                single.append(phone.ask("join:playlist", "ack:join", playlist_id=some)[0])
        with closing(Raw(box)) as phone:
            seen = phone.ask("join:playlists", "ack:join")[1]["server_seq"]
            volume = 0
            while phone.ask("client_ping", "client_pong")[1]["server_seq"] < seen + MISSED:
                volume += 1
                phone.ask("player:volume", "ack:op", volume=volume % 100, client_op_id=f"bench-{volume}")
        for _ in range(REPLAYS):
            with closing(Raw(box)) as phone:
                now = phone.ask("join:playlists", "ack:join")[1]["server_seq"]
                took, _, frames = phone.ask("sync:request", "sync:complete", last_global_seq=now - MISSED)
                assert frames == MISSED + 1, frames
                replays.append(took)
    finally:
        box.remove()
    size = f"{PLAYLISTS:,} playlists of {TRACKS} tracks"
    return [
        Row(f"join of playlists with snapshots, {size}", spread(lists), "<= 30 ms"),
        Row(f"join of one playlist with its snapshot, {size}", spread(single), "<= 30 ms"),
        Row(f"replay of {MISSED:,} events, {size}", spread(replays), "<= 20 ms"),
    ]
