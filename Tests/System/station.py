"""A radio station and a podcast's server on the loopback, which can be told to misbehave as real ones do."""

import contextlib
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

METAINT = 8192


class Station:
    """`with Station(file) as station:`; `station.live` is a stream of the file over and over at its own pace, with ICY
    titles; `station.episode` is the file itself, with ranges.

    `stalled`: nothing is sent, lines stay open. `cut()`: all lines are closed. `refuses`: new ones get a 503.
    `moved`: `station.redirected` leads to the episode over so many other addresses (-1: in a circle).
    `lie`: what is added to the length that an episode is said to have. `cut_at`: its first line ends at this byte.
    """

    def __init__(self, file: Path, bytes_per_second: int, tls: ssl.SSLContext | None = None):
        self.data = file.read_bytes()
        self.pace = bytes_per_second
        self.title = "Kapelle - Lied 1"
        self.stalled = threading.Event()
        self.refuses = False
        self.lie = 0
        self.moved = 1
        self.cut_at: int | None = None
        self.requests: list[tuple[str, str | None]] = []
        self._generation = 0
        station = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                station.requests.append((self.path, self.headers.get("Range")))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    if station.refuses:
                        self.send_error(503)
                    elif self.path.startswith("/live"):
                        station.broadcast(self)
                    elif self.path.startswith("/moved/"):
                        station.redirect(self, int(self.path.split("/")[2]))
                    elif self.path.startswith("/episode"):
                        station.serve(self)
                    else:
                        self.send_error(404)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            # Each line shakes hands in its own thread.
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://localhost:{self.server.server_address[1]}"
        self.live = f"{self.url}/live.mp3"
        self.episode = f"{self.url}/episode.mp3"

    def broadcast(self, handler: BaseHTTPRequestHandler) -> None:
        generation = self._generation
        handler.send_response(200)
        for name, value in {
            "Content-Type": "audio/mpeg", "icy-name": "Test", "icy-metaint": str(METAINT), "Connection": "close"
        }.items():  # fmt: skip
            handler.send_header(name, value)
        handler.end_headers()
        place, told, begin, sent = 0, "", time.monotonic(), -3 * self.pace
        while generation == self._generation:
            # Three seconds at once, as stations do, then at the pace of the music.
            if self.stalled.is_set() or sent > (time.monotonic() - begin) * self.pace:
                if self.stalled.is_set():
                    begin, sent = time.monotonic(), -3 * self.pace
                time.sleep(0.02)
                continue
            piece = (self.data + self.data)[place : place + METAINT]
            place = (place + METAINT) % len(self.data)
            sent += METAINT
            text = b"" if told == self.title else f"StreamTitle='{self.title}';StreamUrl='';".encode()
            told = self.title
            blocks = -(-len(text) // 16)
            handler.wfile.write(piece + bytes([blocks]) + text.ljust(16 * blocks, b"\0"))
            handler.wfile.flush()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        begin = 0
        wanted = handler.headers.get("Range")
        if wanted:
            begin = int(wanted.removeprefix("bytes=").split("-")[0])
        length = len(self.data) + self.lie
        if begin and begin >= len(self.data):
            handler.send_error(416)
            return
        handler.send_response(206 if wanted else 200)
        if wanted:
            handler.send_header("Content-Range", f"bytes {begin}-{length - 1}/{length}")
        for name, value in {
            "Content-Type": "audio/mpeg", "Content-Length": str(length - begin), "Accept-Ranges": "bytes",
            "Connection": "close",
        }.items():  # fmt: skip
            handler.send_header(name, value)
        handler.end_headers()
        end = len(self.data)
        if self.cut_at is not None and begin < self.cut_at:
            end = self.cut_at
        handler.wfile.write(self.data[begin:end])

    def redirect(self, handler: BaseHTTPRequestHandler, step: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", self.episode if step == self.moved else f"{self.url}/moved/{step + 1}/a.mp3")
        handler.send_header("Content-Length", "0")
        handler.send_header("Connection", "close")
        handler.end_headers()

    @property
    def redirected(self) -> str:
        return f"{self.url}/moved/1/a.mp3"

    def cut(self) -> None:
        self._generation += 1

    def __enter__(self) -> "Station":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self.server.shutdown()
        self.server.server_close()
