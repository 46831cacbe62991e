"""A box that cannot start says why in one line that a person can act on."""

import re
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from box import Box, binary, free_port
from pulse import Pulse
from waiting import until

EX_CONFIG = 78


def run(config: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit status and lines of stderr of a musicboxd that is expected to end by itself."""
    ended = subprocess.run(
        [binary("musicboxd"), "--config", config, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, [line for line in ended.stderr.splitlines() if line.strip()]


def settings(tmp_path: Path) -> str:
    return f'http:\n  host: "127.0.0.1"\n  port: {free_port()}\nstorage:\n  directory: "{tmp_path}/state"\n'


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("http:\n  prot: 5004\n", "http.prot", 2),
        ("http:\n  port: 5004\naudoi:\n  device: auto\n", "audoi", 3),
        ("http:\n  port: loud\n", "http.port", 2),
        ("http:\n  port: 70000\n", "http.port", 2),
        ("# a comment\n\naudio:\n  buffer_ms: -1\n", "audio.buffer_ms", 4),
        ("audio:\n  max_volume: 200\n", "audio.max_volume", 2),
        ("nfc:\n  on_remove: explode\n", "nfc.on_remove", 2),
        ("nfc:\n  play_at_start: perhaps\n", "nfc.play_at_start", 2),
        ("log:\n  level: shout\n", "log.level", 2),
    ],
)
def test_wrong_keys_are_named_with_file_and_line(text: str, key: str, line: int, tmp_path: Path) -> None:
    config = tmp_path / "musicbox.yaml"
    config.write_text(text)
    status, lines = run(config)
    assert status == EX_CONFIG, lines
    assert len(lines) == 1, lines
    assert key in lines[0]
    assert re.search(rf"{re.escape(str(config))}:{line}\b", lines[0]), lines[0]


def test_the_nearest_key_is_offered(tmp_path: Path) -> None:
    config = tmp_path / "musicbox.yaml"
    config.write_text("http:\n  prot: 5004\n")
    assert "http.port" in run(config)[1][0]


@pytest.mark.parametrize("text", ["http: [\n", "http:\n\tport: 1\n", "a: b: c\n", "just words\n", "- 1\n- 2\n"])
def test_what_is_no_yaml_is_named_with_file_and_line(text: str, tmp_path: Path) -> None:
    config = tmp_path / "musicbox.yaml"
    config.write_text(text)
    status, lines = run(config)
    assert (status, len(lines)) == (EX_CONFIG, 1), lines
    assert str(config) in lines[0]


@pytest.mark.parametrize("what", ["missing", "directory", "binary"])
def test_a_file_that_cannot_be_read(what: str, tmp_path: Path) -> None:
    config = tmp_path / "musicbox.yaml"
    if what == "directory":
        config.mkdir()
    elif what == "binary":
        config.write_bytes(bytes(range(256)))
    status, lines = run(config)
    assert (status, len(lines)) == (EX_CONFIG, 1), lines
    assert str(config) in lines[0]


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = tmp_path / "musicbox.yaml"
        config.write_text(
            f'http:\n  host: "127.0.0.1"\n  port: {port}\nstorage:\n  directory: "{tmp_path}/state"\n'
            'log:\n  level: error\n'
        )
        status, lines = run(config)
    assert status not in (0, -6, -11), lines
    assert len(lines) == 1 and str(port) in lines[0], lines


@pytest.mark.parametrize("level", [0, 1])
def test_a_state_directory_that_is_a_file_is_one_line(level: int, tmp_path: Path) -> None:
    """As root ignores modes, a file in the place of the directory, or of its parent, is what cannot be written."""
    (tmp_path / "state").write_text("in the way")
    directory = tmp_path / "state" / ("below" if level else "")
    config = tmp_path / "musicbox.yaml"
    config.write_text(
        f'http:\n  host: "127.0.0.1"\n  port: {free_port()}\nstorage:\n  directory: "{directory}"\n'
        'log:\n  level: error\n'
    )
    status, lines = run(config)
    assert status not in (0, -6, -11), lines
    assert len(lines) == 1 and str(tmp_path / "state") in lines[0], lines


@pytest.mark.parametrize("damage", ["garbage", "truncated", "page"])
def test_a_damaged_database_is_set_aside_and_told(damage: str, make_box: Callable[..., Box], card: Pulse) -> None:
    box = make_box(environment=card.environment).start()
    for number in range(30):
        box.post("/playlists", {"title": f"before the damage {number}"})
    box.stop()
    database = box.state / "musicbox.db"
    with sqlite3.connect(database) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    data = bytearray(database.read_bytes())
    if damage == "garbage":
        data[:] = b"not a database " * 500
    elif damage == "truncated":
        data = data[: len(data) // 3]
    else:
        data[4_096:] = bytes(len(data) - 4_096)
    database.write_bytes(data)
    for leftover in box.state.glob("musicbox.db-*"):
        leftover.unlink()
    box.start()
    assert list(box.state.glob("musicbox.db.damaged-*")), "what was damaged is kept for a rescue"
    assert box.post("/playlists", {"title": "after the damage"})["id"]
    # It is told beside the start, not before the first answer.
    until(lambda: "damaged" in (box.log.lower() + str(box.health).lower()), "the damage to be told")
    assert "Fatal error" not in box.log
    box.restart()
    assert "after the damage" in {p["title"] for p in box.get("/playlists?limit=100")["playlists"]}


def test_help_version_and_effective_configuration(tmp_path: Path) -> None:
    config = tmp_path / "musicbox.yaml"
    config.write_text(settings(tmp_path))

    def output(*arguments: str) -> str:
        return subprocess.run(
            [binary("musicboxd"), *arguments], check=True, capture_output=True, text=True, timeout=60
        ).stdout

    assert "--config" in output("run", "--help")
    assert re.search(r"\d+\.\d+", output("--version"))
    shown = output("config", "--config", str(config))
    for key in ("buffer_ms", "on_remove", "max_volume", str(tmp_path / "state")):
        assert key in shown


def test_it_ends_cleanly_while_phones_hang_on(make_box: Callable[..., Box], card: Pulse) -> None:
    """Half-open clients must not hold up the end: systemd would kill the box in the middle of a write."""
    box = make_box(environment=card.environment).start()
    with socket.create_connection(("127.0.0.1", box.port)) as half, socket.create_connection(
        ("127.0.0.1", box.port)
    ) as slow:
        half.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n")
        slow.sendall(b"POST /api/playlists HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{")
        box.stop()
