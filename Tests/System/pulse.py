"""A sound card that can be listened to: PulseAudio with a null sink, which takes samples at the pace of a real card and
offers what it "plays" as a recording. It runs in a runtime directory of its own, away from any desktop's."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from waiting import until

RATE = 44_100
FRAME_BYTES = 4  # two channels of 16 bits


class Recording:
    """What the sink plays, from `start` on, as it comes in.

    `samples` is an int16 array of shape (frames, 2). The file grows while `parec` runs; `frames` is its length now.
    """

    def __init__(self, environment: dict[str, str], path: Path):
        self.path = path
        self._file = open(path, "wb")
        self._process = subprocess.Popen(
            ["parec", "--device=box.monitor", "--format=s16le", f"--rate={RATE}", "--channels=2", "--latency-msec=20"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
        )
        until(lambda: self.frames > 0, "first recorded samples (parec on box.monitor)")

    @property
    def frames(self) -> int:
        return self.path.stat().st_size // FRAME_BYTES

    @property
    def seconds(self) -> float:
        return self.frames / RATE

    @property
    def samples(self) -> np.ndarray:
        count = self.frames
        return np.fromfile(self.path, dtype="<i2", count=count * 2).reshape(-1, 2)

    def wait(self, seconds: float) -> None:
        """Until that much more has been recorded: time as the card counts it."""
        goal = self.frames + int(seconds * RATE)
        until(lambda: self.frames >= goal, f"{seconds} s more of recording", deadline=seconds + 30)

    def wait_sound(self, since: int = 0) -> None:
        """Until something else than silence was recorded after frame `since`."""
        until(lambda: bool(np.any(self.samples[since:])), "sound in the recording", every=0.05)

    def wait_silence(self) -> None:
        """Until the recording, which may lag behind the card, ends with a quarter of a second of silence: all that was played
        before is in it."""
        silent = RATE // 4
        until(
            lambda: self.frames >= silent and not np.any(self.samples[-silent:]),
            "silence at the end of the recording",
            every=0.05,
        )

    def stop(self) -> np.ndarray:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)
        self._file.close()
        return self.samples

    def __enter__(self) -> "Recording":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Pulse:
    """`with Pulse() as card:` ... `card.environment` is what a program needs to find it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="musicbox-pulse-"))
        self._log = open(self.directory / "pulseaudio.log", "wb")
        self._process: subprocess.Popen[bytes] | None = None
        self._recordings: list[Recording] = []
        # A client must not start a server of its own when ours is killed on purpose.
        client = self.directory / "client.conf"
        client.write_text("autospawn = no\n")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PULSE_")},
            "HOME": str(self.directory),
            "PULSE_CLIENTCONFIG": str(client),
            "PULSE_COOKIE": str(self.directory / "cookie"),
            "XDG_CONFIG_HOME": str(self.directory / "config"),
            "XDG_RUNTIME_DIR": str(self.directory),
        }

    def start(self) -> None:
        assert self._process is None
        self._process = subprocess.Popen(
            # fmt: off
            [
                "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--realtime=yes",
                "--high-priority=yes", "--disable-shm=yes", "--log-target=stderr", "--log-level=notice",
                "-L", "module-native-protocol-unix auth-anonymous=1",
                "-L", f"module-null-sink sink_name=box rate={RATE} channels=2 format=s16le norewinds=1",
            ],
            # fmt: on
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        until(self._answers, lambda: f"answer of pulseaudio; it said:\n{self.log}")

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"pulseaudio ended with {self._process.returncode}:\n{self.log}")
        try:
            listed = subprocess.run(
                ["pactl", "list", "short", "sinks"], env=self.environment, capture_output=True, text=True, timeout=20
            )
        except subprocess.TimeoutExpired:
            return False
        return "box" in listed.stdout

    @property
    def log(self) -> str:
        return (self.directory / "pulseaudio.log").read_text(errors="replace")

    def kill(self) -> None:
        """As the server's crash or a card that is pulled out: no goodbye to its clients."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)
        self._process = None
        # A killed server leaves its socket behind, which would refuse rather than miss.
        (self.directory / "pulse" / "native").unlink(missing_ok=True)

    def record(self) -> Recording:
        path = self.directory / f"recording-{time.monotonic_ns()}.s16"
        recording = Recording(self.environment, path)
        self._recordings.append(recording)
        return recording

    def stop(self) -> None:
        for recording in self._recordings:
            recording.stop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "Pulse":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
