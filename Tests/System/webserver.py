"""A place on the network to download from, on loopback: files, and servers in all states of decay."""

import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class WebServer:
    """Serves the files of `directory` by their names. `/slow/NAME` sends the first half and the rest once `release` is
    set, `/stall/NAME` the first half and then nothing. `asked` has the path and the first byte of each request for
    bytes."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.release = threading.Event()
        self.waiting = threading.Event()
        self.asked: list[tuple[str, int]] = []
        self._end = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, with_body: bool) -> None:
                way, _, name = unquote(self.path).lstrip("/").rpartition("/")
                file = outer.directory / name
                if not file.is_file():
                    return self.send_error(404)
                data = file.read_bytes()
                wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(wanted[1]) if wanted and int(wanted[1]) < len(data) else 0
                self.send_response(206 if start else 200)
                kind = "text/html" if file.suffix == ".html" else "audio/mpeg"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data) - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                if with_body:
                    outer.asked.append((self.path, start))
                    outer.send(self.wfile.write, data[start:], way)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def send(self, write: Callable[[bytes], object], data: bytes, way: str) -> None:
        half = len(data) // 2
        try:
            write(data[:half])
            if way == "stall":
                self.waiting.set()
                self._end.wait(60)
                return
            if way == "slow":
                self.waiting.set()
                while not self.release.wait(0.1):
                    if self._end.is_set():
                        return
            write(data[half:])
        except OSError:
            pass  # the client went away

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
