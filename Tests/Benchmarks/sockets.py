"""The SocketIO library alone, through the conformance server: what sending to many clients costs, beside the least it can
cost (a C send loop) and beside python-socketio on uvicorn."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import phones
from box import binary
from phones import PHONES, Crowd, frame, send_loop
from processes import memory, usage
from table import Row

BURST = 200
IDLE = 10_000
STUCK = 100


class Served:
    """A server of ours or of python-socketio, told by its command; it prints `listening on PORT`."""

    def __init__(self, *command: str | Path):
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[-1])
        self.pid = self._process.pid

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def ours(*options: str) -> Served:
    fixed = ("--port", "0", "--ping-interval", "10000", "--ping-timeout", "20000", "--connect-timeout", "60000")
    return Served(binary("socketio-conformance"), *fixed, *options)


def theirs(*options: str) -> Served:
    return Served(sys.executable, Path(__file__).with_name("python_server.py"), *options)


def run() -> list[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return steady() + bursts() + idle(hard) + stuck()


def steady() -> list[Row]:
    with ours("--hz", "5") as server:
        cost, size = at_five_hertz(server)
    with theirs("--hz", "5") as server:
        python, _ = at_five_hertz(server)
    with TemporaryDirectory() as directory:
        least = send_loop(Path(directory), size) / (5 * PHONES)
    return [
        Row(
            f"{PHONES} clients at 5 Hz of {size} bytes, CPU per delivery",
            f"{cost * 1e6:.1f} us; C send loop {least * 1e6:.1f} us; python-socketio {python * 1e6:.1f} us",
            f"<= 2 x the send loop: {cost / least:.2f} x",
        )
    ]


def at_five_hertz(server: Served) -> tuple[float, int]:
    """CPU seconds per delivery, and its size."""
    crowd = Crowd(server.port, speak=True)
    time.sleep(2)
    before, received, begin = usage(server.pid), crowd.received, time.monotonic()
    time.sleep(phones.SECONDS)
    cpu, took = (usage(server.pid) - before).cpu, time.monotonic() - begin
    size = round((crowd.received - received) / took / 5 / PHONES)
    crowd.close()
    return cpu / (took * 5 * PHONES), size


def bursts() -> list[Row]:
    with ours() as server:
        rate, cost = burst(server)
    with theirs() as server:
        slow, dear = burst(server)
    return [
        Row(
            f"burst of {BURST} events to {PHONES} clients, deliveries per CPU second of the server",
            f"{1 / cost:,.0f} ({rate:,.0f} per second of time); python-socketio {1 / dear:,.0f} ({slow:,.0f})",
            f">= 400,000, >= 10 x python-socketio: {dear / cost:.0f} x",
        )
    ]


def burst(server: Served) -> tuple[float, float]:
    """Deliveries per second, and CPU seconds per delivery."""
    crowd = Crowd(server.port, speak=True)
    time.sleep(2)
    asker = socket.create_connection(("127.0.0.1", server.port))
    phones.shake_hands(asker)
    asker.sendall(frame(b"40"))
    time.sleep(0.5)
    before, received, begin = usage(server.pid), crowd.received, time.monotonic()
    asker.sendall(frame(b'42["burst",{"count":%d,"pad":200}]' % BURST))
    # Each event is 250 bytes and a few more.
    while crowd.received - received < 240 * BURST * PHONES and time.monotonic() - begin < 60:
        time.sleep(0.005)
    took = time.monotonic() - begin
    time.sleep(1)
    cpu = (usage(server.pid) - before).cpu
    crowd.close()
    asker.close()
    return BURST * PHONES / took, cpu / (BURST * PHONES)


def idle(hard: int) -> list[Row]:
    count = min(IDLE, hard - 200)
    with ours() as server:
        before = memory(server.pid)
        sockets = []
        for number in range(count):
            # One address has 28,000 ports at most, loopback has many addresses.
            client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            phones.shake_hands(client)
            client.sendall(frame(b"40"))
            client.recv(4_096)
            sockets.append(client)
        time.sleep(1)
        after = memory(server.pid)
        for client in sockets:
            client.close()
    each = (after.private - before.private) * 1_024 / count
    return [Row(f"memory per idle client, {count} of them", f"{each:.1f} KB", "<= 10 KB")]


class Lateness:
    """When the events of a burst of one arrive at one client that reads."""

    def __init__(self, port: int):
        self.at: list[float] = []
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        phones.shake_hands(self._socket)
        self._socket.sendall(frame(b"40") + frame(b'42["join:playlists",{}]'))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while self._socket.recv(65_536):
                self.at.append(time.monotonic())
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()

    def p99(self, seconds: float) -> float:
        """Milliseconds by which intervals differ from 200 ms."""
        begin = len(self.at)
        time.sleep(seconds)
        gaps = np.diff(self.at[begin:])
        return float(np.percentile(np.abs(gaps - 0.2), 99) * 1e3)


def stuck() -> list[Row]:
    with ours("--hz", "5") as server:
        reader = Lateness(server.port)
        time.sleep(1)
        without = reader.p99(10)
        before, kernel = memory(server.pid), socket_memory()
        lazy = []
        for _ in range(STUCK):
            client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            phones.shake_hands(client)
            client.sendall(frame(b"40") + frame(b'42["join:playlists",{}]'))
            lazy.append(client)
        beside = reader.p99(10)
        after, held = memory(server.pid), socket_memory() - kernel
        for client in lazy:
            client.close()
        reader.close()
    return [
        Row(
            f"{STUCK} clients that never read: p99 of another's lateness",
            f"{beside:.1f} ms; without them {without:.1f} ms",
            "unchanged",
        ),
        Row(
            "what they take",
            f"{(after.private - before.private) * 1_024 / STUCK:.1f} KB each here, {held / STUCK:.1f} KB in the kernel",
            "flat",
        ),
    ]


def socket_memory() -> float:
    """All TCP buffers of this machine, KB."""
    for line in Path("/proc/net/sockstat").read_text().splitlines():
        if line.startswith("TCP:"):
            return int(line.split()[-1]) * os.sysconf("SC_PAGE_SIZE") / 1_024
    return 0
