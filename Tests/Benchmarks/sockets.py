"""The SocketIO library alone, through the conformance server: what sending to many clients costs, beside the least it can
cost (a C send loop) and beside python-socketio on uvicorn."""

import os
import re
import resource
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import phones
from box import binary
from phones import PHONES, Crowd, frame, send_loop, send_loop_program
from processes import memory, usage
from table import Row

BURST = 200
IDLE = 10_000
LISTENING = 20
STUCK = 100


class Served:
    """A server of ours or of python-socketio, told by its command; it prints `listening on PORT`."""

    def __init__(self, *command: str | Path):
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[-1])
        # taskset and chrt become the program.
        self.pid = self._process.pid

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def ours(*options: str, place: list[str] | None = None) -> Served:
    fixed = ("--port", "0", "--ping-interval", "10000", "--ping-timeout", "20000", "--connect-timeout", "60000")
    return Served(*(place or on_core(0)), binary("socketio-conformance"), *fixed, *options)


def theirs(*options: str, place: list[str] | None = None) -> Served:
    return Served(*(place or on_core(0)), sys.executable, Path(__file__).with_name("python_server.py"), *options)


def run() -> list[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return steady() + lateness() + bursts() + idle(hard) + stuck()


def on_core(number: int) -> list[str]:
    """In front of a command: it runs on this core alone."""
    return ["taskset", "--cpu-list", str(number)]


def alone_on(number: int) -> list[str]:
    """As `on_core`, and nothing else has a say there, where root measures: a lateness of milliseconds is otherwise that of
    the machine's other work."""
    return on_core(number) + (["chrt", "--fifo", "1"] if os.geteuid() == 0 else [])


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


@dataclass(frozen=True)
class Spread:
    """Milliseconds between the first and the last client that hear of one event."""

    p50: float
    p99: float
    worst: float
    deliveries: int

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms, max {self.worst:.1f} ms"


class Listeners:
    """Clients in C, on the core that is not the server's: in Python their own slowness would be measured."""

    def __init__(self, directory: Path, port: int, seconds: int, bare: int = 0):
        program = directory / "listeners"
        source = Path(__file__).with_name("listeners.c")
        subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
        words = [str(port), str(PHONES), str(seconds)] + ([str(bare)] if bare else [])
        self._process = subprocess.Popen(alone_on(1) + [str(program), *words], stdout=subprocess.PIPE, text=True)
        self._seconds = seconds

    def ready(self) -> "Listeners":
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def spread(self) -> Spread:
        assert self._process.stdout is not None
        _, deliveries, p50, p99, worst = self._process.stdout.readline().split()
        assert self._process.wait(60) == 0
        self._process.stdout.close()
        return Spread(float(p50), float(p99), float(worst), int(deliveries))


def lateness() -> list[Row]:
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        with ours("--hz", "5", place=alone_on(0)) as server:
            own = Listeners(directory, server.port, LISTENING).ready().spread()
        with theirs("--hz", "5", place=alone_on(0)) as server:
            python = Listeners(directory, server.port, LISTENING).ready().spread()
        program = send_loop_program(directory)
        words = [str(program), str(PHONES), "258", str(LISTENING + 10)]
        loop = subprocess.Popen(alone_on(0) + words, stdout=subprocess.PIPE, text=True)
        assert loop.stdout is not None
        least = Listeners(directory, int(loop.stdout.readline()), LISTENING, bare=258).ready().spread()
        loop.kill()
        loop.wait()
        loop.stdout.close()
    return [
        Row(
            f"between the first and the last of {PHONES} clients, cores of their own",
            f"{own}; C send loop {least}; python-socketio {python}",
            "p99 <= 10 ms",
        )
    ]


def stuck() -> list[Row]:
    with TemporaryDirectory() as temporary, ours("--hz", "5", place=alone_on(0)) as server:
        directory = Path(temporary)
        without = Listeners(directory, server.port, LISTENING).ready().spread()
        before = memory(server.pid)
        lazy = [never_reads(server.port) for _ in range(STUCK)]
        beside = Listeners(directory, server.port, LISTENING).ready().spread()
        # More than the kernel takes of them.
        with socket.create_connection(("127.0.0.1", server.port)) as asker:
            phones.shake_hands(asker)
            asker.sendall(frame(b"40") + frame(b'42["burst",{"count":800,"pad":200}]'))
            time.sleep(5)
        full, held = memory(server.pid), socket_memory(server.port)
        time.sleep(LISTENING)
        grown, later = memory(server.pid), socket_memory(server.port)
        for client in lazy:
            client.close()
    each = (full.private - before.private) * 1_024 / STUCK
    growth = (grown.private - full.private) * 1_024 + later - held
    return [
        Row(
            f"the same beside {STUCK} clients that never read",
            f"{beside}; without them {without}",
            "unchanged",
        ),
        Row(
            "what each of these takes, 200 KB behind",
            f"{each:.1f} KB here, {held / STUCK:.1f} KB in the kernel; {growth:+.0f} KB all together {LISTENING} s later",
            "flat",
        ),
    ]


def never_reads(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    phones.shake_hands(client)
    client.sendall(frame(b"40") + frame(b'42["join:playlists",{}]'))
    return client


def socket_memory(port: int) -> float:
    """What the kernel holds for the connections of a server, both ends of them, KB."""
    listing = subprocess.run(
        ["ss", "-tmnH", f"( sport = :{port} or dport = :{port} )"], check=True, capture_output=True, text=True
    ).stdout
    return sum(int(size) for size in re.findall(r"(?:skmem:\(r|,w)(\d+)", listing)) / 1_024
