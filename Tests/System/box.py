"""The real daemon as a black box: started with a state directory and a configuration of its own, spoken to over HTTP."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

import contract
from waiting import until

ROOT = Path(__file__).resolve().parents[2]
Config = dict[str, dict[str, Any]]


def binary(name: str) -> Path:
    """`musicboxd`, `musicboxctl` or `musicbox-reader` as `make build` left it, or from MUSICBOX_BIN."""
    return Path(os.environ.get("MUSICBOX_BIN", ROOT / ".build" / "release")) / name


def _ports() -> Iterator[int]:
    """Ports below those that the kernel gives out by itself, each once, from a place of this process's own: what runs
    beside it never gets one of them between the look and the use."""
    first, count = 10_000, 20_000
    # The golden section of them: processes begun one after the other, as the workers of a run are, begin far apart.
    begin = os.getpid() * 12_361
    for step in range(count):
        port = first + (begin + step) % count
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


_free_ports = _ports()


def free_port() -> int:
    """A port that a box can be given again when it restarts, which port 0 would not allow."""
    return next(_free_ports)


def yaml(config: Config) -> str:
    """Two levels of YAML; JSON scalars are YAML scalars."""
    sections = []
    for section, keys in config.items():
        sections.append(f"{section}:\n" + "".join(f"  {key}: {json.dumps(value)}\n" for key, value in keys.items()))
    return "".join(sections)


def children(pid: int) -> list[int]:
    """Process ids of the direct children of `pid`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it ended while we looked
        if int(text[text.rindex(")") + 2 :].split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


class Refused(AssertionError):
    """An answer that is no success; `status`, `body` are what came."""

    def __init__(self, method: str, path: str, answer: requests.Response):
        self.status = answer.status_code
        self.body = answer.text
        super().__init__(f"{method} {path} -> {answer.status_code}: {answer.text[:500]}")

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.body)


class Box:
    """`with Box(config) as box:` starts it and waits until it answers. Sections of `config` go over the defaults here;
    `environment` is usually that of a `Pulse`."""

    def __init__(self, config: Config | None = None, environment: dict[str, str] | None = None):
        self.directory = Path(tempfile.mkdtemp(prefix="musicbox-"))
        self.state = self.directory / "state"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config: Config = {
            "http": {"host": "127.0.0.1", "port": self.port},
            "storage": {"directory": str(self.state)},
            # No reader and no card of the machine the tests happen to run on.
            "nfc": {"device": f"pn532_uart:{self.directory}/no-reader"},
            # What is recorded is compared with the file, sample by sample.
            "audio": {"device": "pulse", "normalize": False},
            "log": {"level": "info"},
        }
        for section, keys in (config or {}).items():
            self.config.setdefault(section, {}).update(keys)
        self.environment = environment or dict(os.environ)
        self.log_path = self.directory / "musicboxd.log"
        self.process: subprocess.Popen[bytes] | None = None

    # Life

    def spawn(self) -> subprocess.Popen[bytes]:
        """Starts the process without waiting for it."""
        config = self.directory / "musicbox.yaml"
        config.write_text(yaml(self.config))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [binary("musicboxd"), "--config", str(config)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.process

    def start(self) -> "Box":
        self.spawn()
        until(self._answers, lambda: f"answer of musicboxd at {self.url}; its log:\n{self.log[-4_000:]}")
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"musicboxd ended with {self.process.returncode}:\n{self.log[-4_000:]}")
        try:
            requests.get(self.url + "/api/health", timeout=5)
            return True
        except (requests.ConnectionError, requests.Timeout):
            return False

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill9(self) -> None:
        """As a power cut: nothing gets a chance to be saved."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        """As systemd does; the box must end by itself, cleanly."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
                raise AssertionError(f"musicboxd did not end within 30 s of SIGTERM:\n{self.log[-4_000:]}") from None
        assert self.process.returncode == 0, f"musicboxd ended with {self.process.returncode}:\n{self.log[-4_000:]}"

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        """Ends whatever still runs and deletes the state."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "Box":
        return self.start()

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None and self.process is not None and self.process.returncode is None:
                self.stop()
        finally:
            self.remove()

    # REST

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        if body is not None:
            options["json"] = body
        # A connection of its own each time: one kept from before a kill would fail the request, not the box.
        answer = requests.request(method, f"{self.url}/api{path}", timeout=60, **options)
        if not options.get("stream"):
            contract.check(method, path, answer)
        return answer

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The `data` of a success; anything else is `Refused`."""
        answer = self.request(method, path, body, **options)
        if not answer.ok:
            raise Refused(method, path, answer)
        return answer.json()["data"] if answer.content else None

    def refusal(self, method: str, path: str, body: Any = None, **options: Any) -> Refused:
        """The refusal of a request that must not succeed."""
        answer = self.request(method, path, body, **options)
        assert not answer.ok, f"{method} {path} was accepted: {answer.status_code} {answer.text[:500]}"
        return Refused(method, path, answer)

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.ask("POST", path, {} if body is None else body)

    @property
    def player(self) -> dict[str, Any]:
        return self.get("/player/status")

    @property
    def health(self) -> dict[str, Any]:
        """The health document, of a 200 or a 503."""
        document = self.request("GET", "/health").json()
        return document.get("data", document)

    def component(self, name: str) -> dict[str, Any]:
        """One component of the health as `{"status", ...}`."""
        part = self.health["components"][name]
        return part if isinstance(part, dict) else {"status": part}

    @property
    def dropouts(self) -> int:
        """How often the card ran dry, as the box itself counts; 0 if it does not answer."""
        try:
            audio = self.get("/system/diagnostics")["audio"]
        except (requests.RequestException, AssertionError):
            return 0
        return audio["xruns"] + audio["underfeeds"]

    # What tests do again and again

    def upload(self, playlist: str, file: Path) -> dict[str, Any]:
        """One file through the upload routes; the new track."""
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        route = f"/playlists/{playlist}/uploads"
        wanted = {"filename": file.name, "file_size": len(data), "file_hash": digest}
        session = self.post(f"{route}/session", wanted)
        size = session["chunk_size"]
        for index in range(session["total_chunks"]):
            chunk = data[index * size : (index + 1) * size]
            self.ask("PUT", f"{route}/{session['session_id']}/chunks/{index}", data=chunk)
        return self.post(f"{route}/{session['session_id']}/finalize", {"file_hash": digest})["track"]

    def playlist(self, title: str, files: list[Path], tag: str | None = None) -> str:
        """A new playlist of these files, bound to `tag`; its id."""
        identity = self.post("/playlists", {"title": title})["id"]
        for file in files:
            self.upload(identity, file)
        if tag:
            self.bind(tag, identity)
        return identity

    def bind(self, tag: str, playlist: str) -> None:
        self.post("/nfc/associate", {"playlist_id": playlist, "tag_id": tag})

    def tap(self, tag: str) -> None:
        """Puts a tag on the virtual reader."""
        self.post("/nfc/tap", {"tag_id": tag})

    def lift(self) -> None:
        self.post("/nfc/remove")

    def wait_player(self, what: str, **fields: Any) -> dict[str, Any]:
        """Polls the player's state until it has these fields."""
        seen: dict[str, Any] = {}

        def matches() -> dict[str, Any] | None:
            seen.update(self.player)
            return seen if all(seen[name] == value for name, value in fields.items()) else None

        return until(matches, lambda: f"{what}: {fields}; the player is {seen}", every=0.02)

    def wait_component(self, name: str, *statuses: str) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def matches() -> dict[str, Any] | None:
            seen.clear()
            seen.update(self.component(name))
            return seen if seen["status"] in statuses else None

        return until(matches, lambda: f"health of {name} to be {statuses}; it is {seen}", every=0.05)
