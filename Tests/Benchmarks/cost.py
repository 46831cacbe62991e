"""CPU and memory while playing, against MPD: the same files, the same card, the same run, in turns."""

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import media
from box import Box, children
from pn532 import PN532
from processes import Usage, memory, usage
from pulse import Pulse
from table import Row
from waiting import until

ROUNDS = 3
SECONDS = 30
FORMS = ("mp3-cbr", "flac")


class MPD:
    """The peer, with the same ALSA device and as few frills as it can have."""

    def __init__(self, directory: Path, environment: dict[str, str], music: Path):
        self.environment = {**environment, "MPD_HOST": str(directory / "socket")}
        config = directory / "mpd.conf"
        config.write_text(
            f'music_directory "{music}"\ndb_file "{directory}/db"\nbind_to_address "{directory}/socket"\n'
            f'pid_file "{directory}/pid"\n'
            'audio_output {\n  type "alsa"\n  name "box"\n  device "pulse"\n  mixer_type "none"\n}\n'
        )
        self.process = subprocess.Popen(
            ["mpd", "--no-daemon", "--stderr", str(config)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: (directory / "socket").exists(), "socket of mpd")
        self.mpc("update", "--wait")

    def mpc(self, *words: str) -> str:
        return subprocess.run(
            ["mpc", "--quiet", *words], env=self.environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def play(self, file: Path) -> None:
        self.mpc("clear")
        self.mpc("add", file.name)
        self.mpc("play")

    def stop(self) -> None:
        self.mpc("stop")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def measure(pids: list[int]) -> list[Usage]:
    """What these processes use in SECONDS, some time after the start of a track."""
    time.sleep(5)
    before = [usage(pid) for pid in pids]
    time.sleep(SECONDS)
    return [usage(pid) - earlier for pid, earlier in zip(pids, before)]


def percent(parts: list[Usage]) -> str:
    cpu = sum(part.cpu for part in parts) / len(parts) / SECONDS * 100
    return f"{cpu:.2f} % CPU, {sum(part.switches for part in parts) / len(parts) / SECONDS:.0f} wake-ups/s"


def run() -> list[Row]:
    rows: list[Row] = []
    with TemporaryDirectory() as temporary, Pulse() as card, PN532() as reader:
        music = Path(temporary) / "music"
        music.mkdir()
        # A tone would flatter every codec: the melody of the tests is dense enough for real bit rates.
        # Longer than what MPD decodes ahead (4 MiB, 24 s): both decode as fast as they play.
        files = {form: media.make(music, 3, SECONDS + 40, form) for form in FORMS}
        mpd = MPD(Path(temporary), card.environment, music)
        config = {"nfc": {"device": reader.connstring}}
        try:
            with Box(config, card.environment) as box:
                box.post("/player/volume", {"volume": 100})
                playlists = {form: box.playlist(form, [file]) for form, file in files.items()}
                box.wait_component("nfc", "healthy")
                nfc = children(box.pid)[0]
                for form in FORMS:
                    ours: list[Usage] = []
                    readers: list[Usage] = []
                    theirs: list[Usage] = []
                    for _ in range(ROUNDS):
                        box.post(f"/playlists/{playlists[form]}/play/1")
                        box.wait_player("start", is_playing=True)
                        own, reading = measure([box.pid, nfc])
                        ours.append(own)
                        readers.append(reading)
                        held = memory(box.pid)
                        box.post("/player/stop")
                        mpd.play(files[form])
                        theirs += measure([mpd.process.pid])
                        peer = memory(mpd.process.pid)
                        mpd.stop()
                    ratio = sum(u.cpu for u in ours) / max(sum(u.cpu for u in theirs), 1e-9)
                    rows += [
                        Row(f"{form}: musicboxd", percent(ours), f"<= mpd: {ratio:.2f} of its CPU"),
                        Row(f"{form}: mpd", percent(theirs)),
                        Row(f"{form}: musicbox-reader", percent(readers)),
                        Row(f"{form}: memory of musicboxd", str(held), "<= 20 MB private"),
                        Row(f"{form}: memory of mpd", str(peer)),
                    ]
                rows.append(Row("memory of musicbox-reader", str(memory(nfc)), "<= 4 MB private"))
        finally:
            mpd.close()
    return rows
