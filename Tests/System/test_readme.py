"""What README.md tells people to type is true: each command of its ```sh blocks is run here, or checked where running it
would change the machine."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from box import ROOT, Box, binary

Music = Callable[..., Path]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    """The lines of all ```sh blocks: continued lines joined, comments and empty lines dropped."""
    lines: list[str] = []
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                lines.append(line.strip())
    return lines


def test_the_readme_shows_commands() -> None:
    assert any("make run" in line for line in commands())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, music: Music) -> Path:
    """Stands for whatever folder of music a line of the README imports."""
    folder = tmp_path_factory.mktemp("readme") / "My music"
    folder.mkdir()
    shutil.copy(music(160, 1), folder)
    return folder


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme(line: str, box: Box, folder: Path) -> None:
    words = shlex.split(line, comments=True)
    words = words[1:] if words[0] == "sudo" else words
    program = Path(words[0]).name
    if program == "make":
        dry = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert dry.returncode == 0, dry.stderr
    elif program == "musicboxctl":
        run_ctl(words[1:], box, folder)
    elif program == "musicboxd":
        assert words[1:2] in (["config"], ["probe"]), "the daemon itself is started by `make run`"
        file = next(iter(folder.iterdir()))
        command = [binary("musicboxd"), *(str(file) if word == "FILE" else word for word in words[1:])]
        ended = subprocess.run(command, env=box.environment, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.strip()
    elif program == "curl":
        # The box of the test in place of the box of the reader.
        there = re.sub(r"http://[^/\s'\"]+", box.url, line)
        ended = subprocess.run(["bash", "-c", there], capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stderr
    elif program in ("install", "cp"):
        for source in words[1:-1]:
            if not source.startswith("-") and "/" in source and not source.startswith(("/", ".build")):
                assert list(ROOT.glob(source)), f"{source} is not in the tree"
    else:
        known = {"apt", "apt-get", "cd", "git", "journalctl", "systemctl", "adduser", "useradd", "usermod", "mkdir"}
        assert program in known, f"no test knows how to check {program!r}: teach it here"


def run_ctl(words: list[str], box: Box, folder: Path) -> None:
    """Runs a line of musicboxctl against the box of the test, with a folder and a playlist that exist."""
    if "import" in words:
        words = [*words[: words.index("import") + 1], str(folder), "--title", f"README {len(box.log)}"]
    if {"start", "bind"} & set(words) and not box.get("/playlists")["playlists"]:
        box.playlist("README", list(folder.iterdir()))
    if "bind" in words or "start" in words:
        words[-1] = box.get("/playlists")["playlists"][0]["id"]
    if {"play", "pause", "toggle", "next", "previous", "seek"} & set(words):
        playlist = box.playlist(f"README {len(box.log)}", [*folder.iterdir(), *folder.iterdir()])
        box.post(f"/playlists/{playlist}/start")
    command = [str(binary("musicboxctl")), "--url", box.url, *words]
    if "watch" in words:
        command = ["timeout", "--signal=INT", "3", *command]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0 or ("watch" in words and ended.returncode == 124), ended.stderr
