"""A PN532 on a pseudo-terminal: what a UART module is to a host, with faults at the push of a button."""

import fcntl
import os
import select
import tempfile
import termios
import threading
import time
import tty
from collections import namedtuple

from . import frames
from .chip import COMMANDS, Chip, Pending, SyntaxFault
from .tags import Tag

#: libnfc's mark in `c_iflag` of a port that it uses (buses/uart.c)
CCLAIMED = 0x80000000

#: One command of the host: its name, its data and when it came (CLOCK_MONOTONIC, nanoseconds).
Command = namedtuple("Command", "name data at_ns")


class PN532:
    """A reader to be opened through `connstring` by libnfc, or through `path` by anything else.

    with PN532() as reader:
        reader.place("04a1b2c3d4e5f6")

    Delays are in seconds: `select_delay` is what the chip takes to find a tag, `empty_delay` what it takes to find
    none, `command_delay` what it takes for everything else. `wakes_halted`: see `Chip`.

    The slave end is held open here, so that terminal settings outlive their process, as on a real serial port.
    """

    def __init__(
        self,
        select_delay: float = 0.005,
        empty_delay: float = 0.004,
        command_delay: float = 0.0005,
        wakes_halted: bool = True,
    ):
        self.chip = Chip(wakes_halted)
        self.select_delay = select_delay
        self.empty_delay = empty_delay
        self.command_delay = command_delay
        self.commands: list[Command] = []
        #: How many bytes the host has sent, understood or not.
        self.received = 0
        #: When the newest tag was placed (CLOCK_MONOTONIC, nanoseconds); None before the first.
        self.placed_at_ns: int | None = None
        self._lock = threading.Lock()
        self._directory = tempfile.TemporaryDirectory(prefix="pn532-")
        self.path = os.path.join(self._directory.name, "ttyPN532")
        self._master: int | None = None
        self._slave: int | None = None
        self._thread: threading.Thread | None = None
        self._hung = False
        self._naks = 0
        self.reopen()

    @property
    def connstring(self) -> str:
        """What libnfc calls this reader; stays the same over `close` and `reopen`."""
        return f"pn532_uart:{self.path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self._directory.cleanup()

    # Tags

    def place(self, uid: str, sak: int = 0x00, ats: str = "") -> int:
        """Puts a tag into the field; returns the time (CLOCK_MONOTONIC, nanoseconds)."""
        tag = Tag(bytes.fromhex(uid.replace(":", "")), sak, bytes.fromhex(ats))
        with self._lock:
            self.chip.tags.append(tag)
            self.placed_at_ns = time.monotonic_ns()
        self._wake()
        return self.placed_at_ns

    def remove(self, uid: str | None = None) -> int:
        """Takes one tag, or all of them, out of the field; returns the time (CLOCK_MONOTONIC, nanoseconds)."""
        with self._lock:
            self.chip.tags = [
                tag for tag in self.chip.tags if uid is not None and tag.uid != bytes.fromhex(uid.replace(":", ""))
            ]
            return time.monotonic_ns()

    def flicker(self, every: int):
        """Makes each `every`-th search fail, as at the edge of the field; 0 ends it."""
        with self._lock:
            self.chip.misses = every

    # Faults

    def hang(self):
        """The chip takes no notice of anything until `recover` or `reopen`."""
        self._hung = True

    def recover(self):
        """Ends `hang`."""
        self._hung = False

    def nak(self, count: int = 1):
        """Answers the next commands with NACK instead of ACK."""
        self._naks = count

    def garbage(self, data: bytes):
        """Sends bytes that nobody asked for, in the middle of whatever is going on."""
        if self._master is not None:
            os.write(self._master, data)

    def claim(self):
        """Leaves the mark of a libnfc process that was killed while it used the port.

        Set past the C library: glibc before 2.42 takes the bit for part of a baud rate and drops it in tcsetattr(), so
        that claims take effect only with other C libraries, but then for all.
        """
        settings = bytearray(fcntl.ioctl(self._slave, termios.TCGETS, bytes(64)))
        settings[3] |= CCLAIMED >> 24
        fcntl.ioctl(self._slave, termios.TCSETS, bytes(settings))

    def claimed(self) -> bool:
        """Whether the port carries libnfc's mark."""
        return bool(termios.tcgetattr(self._slave)[0] & CCLAIMED)

    def close(self):
        """Unplugs the reader: its port vanishes, and whoever has it open gets I/O errors."""
        if self._thread is None:
            return
        self._stop = True
        self._wake()
        self._thread.join()
        self._thread = None
        if os.path.islink(self.path):
            os.unlink(self.path)
        for descriptor in (self._slave, self._master, *self._bell):
            os.close(descriptor)
        self._slave = self._master = None

    def reopen(self):
        """Plugs the reader in again, with a fresh port behind the same path and a chip after power-on."""
        if self._thread is not None:
            raise RuntimeError("the reader is plugged in already")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._bell = os.pipe()
        os.symlink(os.ttyname(self._slave), self.path)
        with self._lock:
            self.chip.reset()
        self._hung = self._stop = False
        self._thread = threading.Thread(target=self._serve, name="pn532", daemon=True)
        self._thread.start()

    # The chip at work

    def _wake(self):
        if self._thread is not None:
            os.write(self._bell[1], b"x")

    def _serve(self):
        parser = frames.Parser()
        waiting: bytes | None = None  # a command that waits for a tag
        last = b""
        while not self._stop:
            ready, _, _ = select.select([self._master, self._bell[0]], [], [])
            if self._bell[0] in ready:
                os.read(self._bell[0], 64)
            if waiting is not None:
                answer, waiting = self._execute(waiting)
                last = answer or last
            if self._master not in ready:
                continue
            try:
                data = os.read(self._master, 4096)
            except OSError:
                # Nobody has the other end open; without the slave held open here this would spin.
                continue
            self.received += len(data)
            if self._hung:
                continue
            for kind, content in parser.feed(data):
                if kind == "ack":
                    waiting = None  # 6.2.1.3: the host aborts the command in progress
                elif kind == "nack":
                    self._send(last)
                elif kind == "bad":
                    self._send(frames.NACK)
                elif self._naks > 0:
                    self._naks -= 1
                    self._send(frames.NACK)
                else:
                    self._log(content)
                    self._send(frames.ACK)
                    answer, waiting = self._execute(content)
                    last = answer or last

    def _execute(self, command: bytes):
        """Returns (the answer sent, None) or (None, the command, if it goes on waiting for a tag)."""
        with self._lock:
            try:
                answer = frames.information(self.chip.execute(command))
                found = bool(self.chip.listed)
            except Pending:
                return None, command
            except (SyntaxFault, IndexError):
                answer, found = frames.ERROR, False
        searching = command[0] in (0x4A, 0x60)
        time.sleep((self.select_delay if found else self.empty_delay) if searching else self.command_delay)
        if not self._hung:
            self._send(answer)
        return answer, None

    def _send(self, data: bytes):
        try:
            os.write(self._master, data)
        except (BlockingIOError, OSError):
            pass  # the host does not read; a UART would lose the bytes too

    def _log(self, command: bytes):
        name = COMMANDS.get(command[0], f"{command[0]:#04x}") if command else "empty"
        self.commands.append(Command(name, command[1:], time.monotonic_ns()))
