"""What a thousand phones cost while a story plays, against the least that sending to them can cost."""

import resource
import selectors
import socket
import subprocess
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import Box
from processes import usage
from pulse import Pulse
from table import Row

PHONES = 1_000
SECONDS = 20


class Crowd:
    """Phones that only listen: connected, in the room, answering pings. One thread reads them all."""

    def __init__(self, port: int, speak: bool):
        self.received = 0
        self._over = False
        self._selector = selectors.DefaultSelector()
        self._sockets = [self._connect(port, speak) for _ in range(PHONES)]
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _connect(self, port: int, speak: bool) -> socket.socket:
        phone = socket.create_connection(("127.0.0.1", port), timeout=30)
        if speak:
            shake_hands(phone)
            phone.sendall(frame(b"40") + frame(b'42["join:playlists",{}]'))
        phone.setblocking(False)
        self._selector.register(phone, selectors.EVENT_READ)
        return phone

    def _read(self) -> None:
        while not self._over:
            for key, _ in self._selector.select(0.5):
                phone = key.fileobj
                assert isinstance(phone, socket.socket)
                try:
                    data = phone.recv(65_536)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self._selector.unregister(phone)
                    continue
                self.received += len(data)
                # An Engine.IO ping is a text frame of the one character 2.
                if data.endswith(b"\x81\x012"):
                    phone.send(frame(b"3"))

    @property
    def connected(self) -> int:
        return len(self._selector.get_map())

    def close(self) -> None:
        self._over = True
        self._thread.join()
        for phone in self._sockets:
            phone.close()


def shake_hands(phone: socket.socket) -> None:
    phone.sendall(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: bXVzaWNib3hiZW5jaCEhIQ==\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += phone.recv(4_096)
    assert b" 101 " in answer.split(b"\r\n", 1)[0], answer


def frame(text: bytes) -> bytes:
    """A masked text frame of less than 126 bytes; the mask is zero, which leaves the text as it is."""
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text


def run() -> list[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with TemporaryDirectory() as directory, Pulse() as card, Box({}, card.environment) as box:
        playlist = box.playlist("phones", [media.make(Path(directory), 7, 2 * SECONDS + 60, "mp3-cbr")])
        box.post(f"/playlists/{playlist}/start")
        box.wait_player("start", is_playing=True)
        alone = load(box.pid)
        crowd = Crowd(box.port, speak=True)
        together = load(box.pid)
        before = crowd.received
        time.sleep(2)
        size = round((crowd.received - before) / 2 / 5 / PHONES)
        stayed = crowd.connected
        crowd.close()
        least = send_loop(Path(directory), size)
    cost = together - alone
    return [
        Row("musicboxd playing, no phone", f"{alone * 100:.2f} % CPU"),
        Row(
            f"musicboxd playing, {stayed} phones at 5 Hz of {size} bytes",
            f"{together * 100:.2f} % CPU",
            f"<= 2 x the send loop: {cost / least:.2f} x",
        ),
        Row(f"bare C send loop to {PHONES} sockets", f"{least * 100:.2f} % CPU"),
    ]


def load(pid: int) -> float:
    """Share of a core that a process takes over SECONDS."""
    time.sleep(2)
    before, begin = usage(pid), time.monotonic()
    time.sleep(SECONDS)
    return (usage(pid) - before).cpu / (time.monotonic() - begin)


def send_loop_program(directory: Path) -> Path:
    program = directory / "sendloop"
    subprocess.run(["cc", "-O2", "-o", str(program), str(Path(__file__).with_name("sendloop.c"))], check=True)
    return program


def send_loop(directory: Path, size: int) -> float:
    program = send_loop_program(directory)
    loop = subprocess.Popen([program, str(PHONES), str(size), str(SECONDS)], stdout=subprocess.PIPE, text=True)
    assert loop.stdout is not None
    crowd = Crowd(int(loop.stdout.readline()), speak=False)
    milliseconds = float(loop.stdout.readline())
    loop.wait(60)
    crowd.close()
    return milliseconds / 1_000 / SECONDS
