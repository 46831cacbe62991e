"""The server that protocol suites talk to, and clients for it that do what they are told, also what is forbidden."""

import base64
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator


import requests
import websocket

from box import binary

INTERVAL, TIMEOUT = 0.3, 0.2


class Server:
    """`socketio-conformance` on a free port."""

    def __init__(self, *options: str):
        self._process = subprocess.Popen(
            [binary("socketio-conformance"), "--port", "0", *options], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[-1])
        self.pid = self._process.pid

    def url(self, path: str, **query: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}?" + "&".join(f"{k}={v}" for k, v in query.items())

    def websocket(self, path: str = "/engine.io/", **query: str) -> websocket.WebSocket:
        query = {"EIO": "4", "transport": "websocket"} | query
        return websocket.create_connection(self.url(path, **query).replace("http", "ws", 1), timeout=20)

    def polling(self, path: str = "/engine.io/") -> "Polling":
        return Polling(self, path)

    def raw(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(sent)
        return connection

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        alive = self.is_alive
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert alive, "the server has died"


class Polling:
    """A session over HTTP polling."""

    def __init__(self, server: Server, path: str):
        self._http = requests.Session()
        self._url = server.url(path, EIO="4", transport="polling")
        self.handshake = self._http.get(self._url, timeout=20)
        assert self.handshake.status_code == 200, self.handshake.text
        self.sid = _sid(self.handshake.text)
        self.url = f"{self._url}&sid={self.sid}"

    def get(self) -> requests.Response:
        return self._http.get(self.url, timeout=20)

    def post(self, body: str | bytes | Iterator[bytes]) -> requests.Response:
        return self._http.post(self.url, data=body, timeout=20)

    def later(self) -> "Later":
        """A GET on a connection of its own, begun now."""
        return Later(self.url)

    def texts(self) -> list[str]:
        answer = self.get()
        assert answer.status_code == 200, answer.text
        return answer.content.decode().split("\x1e")


class Later:
    def __init__(self, url: str):
        self._answer: requests.Response | None = None
        self._thread = threading.Thread(target=self._run, args=(url,), daemon=True)
        self._thread.start()

    def _run(self, url: str) -> None:
        self._answer = requests.get(url, timeout=20)

    @property
    def answer(self) -> requests.Response:
        self._thread.join(20)
        assert self._answer is not None, "no answer"
        return self._answer


def _sid(text: str) -> str:
    return text.split('"sid":"', 1)[1].split('"', 1)[0]


def closed(ws: websocket.WebSocket) -> int | None:
    """Reads to the end; the code of the close frame, if there was one."""
    code = None
    try:
        while True:
            opcode, data = ws.recv_data(control_frame=True)
            if opcode == 8:
                code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else None
                return code
    except (websocket.WebSocketTimeoutException, TimeoutError) as failure:
        raise AssertionError("the server did not close the connection") from failure
    except (websocket.WebSocketException, OSError):
        return code


def frame(opcode: int, payload: bytes = b"", final: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    whole = (mask * (len(payload) // 4 + 1))[: len(payload)]
    body = (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(payload), "big")
    return head + mask + body


class RawWebSocket:
    """A WebSocket of which every byte is ours."""

    def __init__(self, server: Server, path: str = "/engine.io/"):
        key = base64.b64encode(os.urandom(16))
        self.socket = server.raw(
            f"GET {path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n".encode()
            + b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
        )
        self._file = self.socket.makefile("rb")
        self.status = self._file.readline()
        while self._file.readline().strip():
            pass
        assert self.status.startswith(b"HTTP/1.1 101"), self.status
        assert self.frame()[1].startswith(b"0{")

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. The server's are whole and not masked. (-1, b"") at the end of TCP."""
        try:
            head = self._file.read(2)
            if len(head) < 2:
                return -1, b""
            assert head[0] & 0x70 == 0 and head[1] & 0x80 == 0
            length = head[1]
            if length == 126:
                length = struct.unpack(">H", self._file.read(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._file.read(8))[0]
            return head[0] & 0x0F, self._file.read(length)
        except ConnectionResetError:
            return -1, b""

    def close_code(self) -> int | None:
        """Reads until the server has closed TCP; the code it gave, None without one. Messages that come before are
        skipped."""
        code = None
        while True:
            opcode, payload = self.frame()
            if opcode == -1:
                return code
            if opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if payload else 0
                try:
                    self.socket.sendall(frame(8, payload[:2]))
                except OSError:
                    pass

    def end(self) -> None:
        self._file.close()
        self.socket.close()

    def __enter__(self) -> "RawWebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

