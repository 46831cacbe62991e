"""What a phone waits for when it comes: a join with its snapshots, and what it missed, with 1,000 playlists of 50 tracks."""

import json
import socket
import time
from contextlib import closing
from pathlib import Path

import media
import phones
from box import Box
from start import fill
from table import Row, spread

PLAYLISTS, TRACKS = 1_000, 50
JOINS, REPLAYS, MISSED = 200, 100, 1_000


class Raw:
    """Socket.IO by hand on a bare socket: frames are told apart by their lengths and nothing else is looked at, so that the
    client's own cost stays out."""

    def __init__(self, box: Box):
        host, port = box.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        phones.shake_hands(self.socket)
        self._bytes = bytearray()
        self._send(b"40")
        self.until("connection_status")

    def _send(self, text: bytes) -> None:
        self.socket.sendall(phones.frame(text))

    def send(self, event: str, **fields: object) -> None:
        self._send(b"42" + json.dumps([event, fields]).encode())

    def _frame(self) -> memoryview:
        """The payload of the next frame."""
        self._fill(2)
        head, length = 2, self._bytes[1]
        if length >= 126:
            head = 4 if length == 126 else 10
            self._fill(head)
            length = int.from_bytes(self._bytes[2:head], "big")
        self._fill(head + length)
        payload = bytes(memoryview(self._bytes)[head : head + length])
        del self._bytes[: head + length]
        return memoryview(payload)

    def _fill(self, count: int) -> None:
        while len(self._bytes) < count:
            more = self.socket.recv(1 << 20)
            assert more, "the box has hung up"
            self._bytes += more

    def until(self, event: str) -> tuple[dict, int]:
        """The payload of the next event of this name, and how many frames came up to it."""
        name = f'42["{event}"'.encode()
        frames = 0
        while True:
            payload = self._frame()
            if payload == b"2":
                self._send(b"3")
                continue
            frames += 1
            if payload[: len(name)] == name:
                return json.loads(bytes(payload[2:]))[1], frames

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
        Row(f"first join of playlists after the start, {size}", f"{lists[0]:.1f} ms"),
        Row(f"join of playlists with snapshots, {size}", spread(lists[1:]), "<= 30 ms"),
        Row(f"join of one playlist with its snapshot, {size}", spread(single), "<= 30 ms"),
        Row(f"replay of {MISSED:,} events, {size}", spread(replays), "<= 20 ms"),
    ]
