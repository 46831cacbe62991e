"""The running guest: a shell in it, and what its sound cards play."""

import platform
import shutil
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import requests

from box import Box, free_port
from guest.image import Missing, build
from waiting import until

RATE = 48_000  # of the recording
HEADER = 44  # bytes of a WAV before its samples


class Guest:
    """Boots when it is entered. `url` is where port 5004 of the guest answers."""

    def __init__(self, directory: Path):
        self.qemu = shutil.which("qemu-system-x86_64")
        if platform.machine() != "x86_64":
            raise Missing("the guest, and so the box, must be one for x86_64")
        if self.qemu is None:
            raise Missing("no qemu-system-x86_64 (Debian package qemu-system-x86)")
        self.kernel, self.image = build(directory)
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.wav = directory / "card.wav"
        self._socket = directory / "shell"
        self.shell = socket.socket(socket.AF_UNIX)
        self._heard = b""

    def __enter__(self) -> "Guest":
        command = [
            *(self.qemu, "-accel", "tcg", "-smp", "2", "-m", "768", "-display", "none", "-nodefaults", "-no-reboot"),
            *("-kernel", self.kernel, "-initrd", self.image),
            # A host that is busy is no fault of the guest's.
            *("-append", "console=ttyS0 quiet panic=-1 nowatchdog mitigations=off"),
            *("-serial", f"file:{self.directory}/console.log"),
            *("-serial", f"unix:{self._socket},server=on,wait=off"),
            *("-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{self.port}-:5004", "-device", "e1000,netdev=n,romfile="),
            # A card takes samples by the millisecond; QEMU's own step is ten.
            *("-audiodev", f"wav,id=a,path={self.wav},out.frequency={RATE},timer-period=2000"),
            # With its timer, the card drops some 40 ms that it has taken and not yet played when it is stopped.
            *("-device", "intel-hda,id=one", "-device", "hda-output,bus=one.0,audiodev=a,mixer=off,use-timer=off"),
            # Plays silence all the time: QEMU records only while some card plays, and a gap must be as long as it was.
            *("-device", "intel-hda,id=two", "-device", "hda-output,bus=two.0,audiodev=a,mixer=off,use-timer=off"),
        ]
        self.errors = open(self.directory / "qemu.log", "wb")
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors
        )
        try:
            until(self._socket.exists, self._log)
            self.shell.connect(str(self._socket))
            self.shell.settimeout(1)
            until(self._greets, self._log, deadline=180)
            self.run("aplay -q -D hw:1 -t raw -f S16_LE -r 48000 -c 2 /dev/zero >/dev/null 2>&1 &")
            until(lambda: self.frames > 0, self._log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.shell.close()
        self.process.terminate()
        self.process.wait(20)
        self.errors.close()

    def _log(self) -> str:
        logs = [self.directory / name for name in ("qemu.log", "console.log")]
        return "the guest; " + "\n".join(log.read_text(errors="replace")[-2_000:] for log in logs if log.exists())

    def _greets(self) -> bool:
        if self.process.poll() is not None:
            raise Missing(f"QEMU ended: {self._log()}")
        return self._answer(1) is not None

    def _answer(self, seconds: float) -> str | None:
        """What the command said, once its end was heard."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text, mark, rest = self._heard.partition(b"== ")
            if mark and b"\n" in rest:
                self._heard = rest.partition(b"\n")[2]
                return text.decode(errors="replace").replace("\r", "")
            try:
                self._heard += self.shell.recv(65_536)
            except TimeoutError:
                continue
        return None

    def run(self, command: str) -> str:
        """Done by the guest's shell; what it printed."""
        self.shell.sendall(command.encode() + b"\n")
        answer = self._answer(60)
        if answer is None:
            raise AssertionError(f"the guest does not answer to {command}")
        return answer

    # What is played

    @property
    def frames(self) -> int:
        """Recorded until now; QEMU writes pages of some milliseconds."""
        return max(0, self.wav.stat().st_size - HEADER) // 4 if self.wav.exists() else 0

    def samples(self, begin: int, end: int) -> np.ndarray:
        """int16, shape (frames, 2)."""
        until(lambda: self.frames >= end, "the recording", every=0.05)
        return np.fromfile(self.wav, "<i2", count=2 * (end - begin), offset=HEADER + 4 * begin).reshape(-1, 2)


class GuestBox(Box):
    """The box in the guest, with the ALSA device of that name."""

    def __init__(self, guest: Guest, device: str):
        super().__init__()
        self.guest = guest
        self.url = guest.url
        self.device = device

    def start(self) -> "GuestBox":
        settings = {
            "storage.directory": "/state",
            "storage.min_free_mb": "1",
            "nfc.device": "pn532_uart:/no-reader",
            "audio.device": self.device,
            "audio.normalize": "false",
            "audio.initial_volume": "100",
        }
        options = " ".join(f"--set {key}={value}" for key, value in settings.items())
        self.guest.run("rm -rf /state; mkdir /state")
        self.guest.run(f"musicboxd {options} >/tmp/log 2>&1 & box=$!")
        until(self._answers, lambda: f"answer of musicboxd: {self.log}", every=0.2)
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(self.url + "/api/health", timeout=5).status_code > 0
        except requests.RequestException:
            return False

    @property
    def log(self) -> str:
        return self.guest.run("tail -c 4000 /tmp/log")

    def stop(self) -> None:
        self.guest.run("kill $box; wait $box")

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.remove()
