"""The whole box in one file, out and in, by the command line from "another machine"."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

import media
from box import Box
from phone import Phone
from test_ctl import BAD_DATA, NO_INPUT, OK, REFUSED, ctl, ctl_json
from waiting import until

Music = Callable[..., Path]
SILENT = {"audio": {"device": "silent"}, "library": {"watch": False}}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("source")
    with Box(SILENT) as box:
        files = [media.make(directory, seed, 2, "mp3-cbr") for seed in (301, 302)]
        box.playlist("Kept", files, "04bb0001")
        long = box.state / "media" / ("folder of a " + "very " * 30 + "long name with ä") / "file.flac"
        long.parent.mkdir()
        shutil.copyfile(media.make(directory, 303, 1), long)
        os.utime(long, (1_700_000_000, 1_700_000_000))
        box.post("/playlists/sync")
        (box.state / "covers" / "c.jpg").write_bytes(b"a cover")
        box.post("/player/volume", {"volume": 37})
        yield box


@pytest.fixture(scope="module")
def backup(source: Box, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "box.tar"
    kept = next(p["id"] for p in source.get("/playlists")["playlists"] if p["title"] == "Kept")
    source.post(f"/playlists/{kept}/start")
    ctl(source.url, "backup", file)
    return file


def picture(box: Box) -> Any:
    """All that people see of a library, without what grows."""
    found = []
    for lite in box.get("/playlists?limit=100")["playlists"]:
        whole = box.get(f"/playlists/{lite['id']}")
        del whole["server_seq"], whole["playlist"]
        for track in whole["tracks"]:
            del track["server_seq"], track["play_count"]
        found.append(whole)
    return found, {str(p.relative_to(box.state)): p.read_bytes() for p in stored(box)}


def stored(box: Box) -> list[Path]:
    return [p for folder in ("media", "covers") for p in (box.state / folder).rglob("*") if p.is_file()]


def leftovers(box: Box) -> list[str]:
    return [p.name for p in box.state.iterdir() if p.name.startswith(("restore.", "backup."))]


def test_other_programs_can_read_a_backup(backup: Path, source: Box, tmp_path: Path) -> None:
    subprocess.run(["tar", "--extract", "--file", backup, "--directory", tmp_path], check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert json.loads((tmp_path / "musicbox-backup.json").read_text())["format"] == "musicbox-backup"
    for path in stored(source):
        assert (tmp_path / path.relative_to(source.state)).read_bytes() == path.read_bytes()
    until(lambda: not leftovers(source), "the copy of the database to be gone")


def test_a_restored_box_is_the_one_that_was_saved(
    backup: Path, source: Box, make_box: Callable[..., Box], music: Music
) -> None:
    box = make_box(SILENT).start()
    box.playlist("Gone afterwards", [music(1)], "04bb0009")
    sequence = box.get("/player/status")["server_seq"]
    assert "--force" in ctl(box.url, "restore", backup, status=REFUSED).stderr
    pid = box.pid
    assert ctl_json(box.url, "restore", backup, "--force")["playlists"] == 2
    assert box.process is not None and box.process.poll() is None and box.pid == pid
    assert picture(box) == picture(source)
    assert box.get("/player/status")["volume"] == 37
    assert box.get("/player/status")["server_seq"] > sequence
    assert sum(p["nfc_tag_ids"] == ["04bb0001"] for p in box.get("/playlists")["playlists"]) == 1
    # Told, not looked for: of four seconds of music only the last moment may have been left.
    with Phone(box.url, "playlists") as phone:
        mark = phone.now
        box.tap("04bb0001")
        phone.wait_player(mark, is_playing=True, active_playlist_title="Kept")
    until(lambda: not leftovers(box), lambda: f"the old state to be gone: {leftovers(box)}")
    sequence = box.get("/player/status")["server_seq"]
    box.restart()
    assert box.get("/player/status")["server_seq"] > sequence
    assert picture(box)[0] == picture(source)[0]


def altered(backup: Path, target: Path, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> Path:
    """The backup packed anew by Python, each member through `change`; None leaves it out."""
    with tarfile.open(backup) as old, tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as new:
        for member in old:
            file = old.extractfile(member)
            changed = change(member, file.read() if file else b"")
            if changed is not None:
                info, data = changed
                info.size = len(data)
                info.pax_headers = {}
                new.addfile(info, io.BytesIO(data))
    return target


def renamed(name: str, other: str) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
    def change(info: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name == name:
            info.name = other
        return info, data

    return change


def rewritten(name: str, edit: Callable[[bytes], bytes]) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
    return lambda info, data: (info, edit(data) if info.name == name else data)


def resummed(backup: Path, target: Path, edit: Callable[[bytes], bytes]) -> Path:
    """A backup whose database is another one, with sums that are right."""
    with tarfile.open(backup) as tar:
        file = tar.extractfile("musicbox.db")
        assert file is not None
        old = file.read()
    sums = hashlib.sha256(old).hexdigest().encode(), hashlib.sha256(edit(old)).hexdigest().encode()

    def change(info: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if info.name == "musicbox.db":
            data = edit(data)
        elif info.name == "SHA256SUMS":
            data = data.replace(*sums)
        return info, data

    return altered(backup, target, change)


def link(info: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    if info.name.startswith("media/"):
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return info, b""
    return info, data


def send(box: Box, data: bytes, kind: str = "application/x-tar") -> requests.Response:
    return requests.post(f"{box.url}/api/system/restore", data=data, headers={"Content-Type": kind}, timeout=60)


def test_nothing_changes_by_a_backup_that_is_none(
    backup: Path, make_box: Callable[..., Box], music: Music, tmp_path: Path
) -> None:
    box = make_box(SILENT).start()
    box.playlist("Mine", [music(1)], "04bb0003")
    before = picture(box)
    whole = backup.read_bytes()
    newer = rewritten("musicbox-backup.json", lambda b: b.replace(b'"version":1', b'"version":2'))
    first = next(name for name in tarfile.open(backup).getnames() if name.startswith("media/"))
    scratched = rewritten(first, lambda b: b[:-100] + bytes(100))
    bit = whole.rindex(b"a cover")
    bad = {
        "empty": (b"", "no backup"),
        "text": (b"no backup " * 1_000, "no tar"),
        "cut": (whole[: len(whole) // 2], "cut off"),
        "cut at the end": (whole[:-1_024], "cut off"),
        "a bit": (whole[:bit] + bytes([whole[bit] ^ 1]) + whole[bit + 1 :], "damaged"),
        "scratched": (altered(backup, tmp_path / "a", scratched).read_bytes(), "damaged"),
        "less": (altered(backup, tmp_path / "b", lambda i, d: None if i.name == first else (i, d)).read_bytes(), "missing"),
        "newer": (altered(backup, tmp_path / "c", newer).read_bytes(), "newer"),
        "traversal": (altered(backup, tmp_path / "d", renamed(first, "media/../../evil")).read_bytes(), "leads out"),
        "absolute": (altered(backup, tmp_path / "e", renamed(first, "/tmp/evil")).read_bytes(), "leads out"),
        "foreign": (altered(backup, tmp_path / "f", renamed(first, "etc/evil")).read_bytes(), "does not belong"),
        "link": (altered(backup, tmp_path / "g", link).read_bytes(), "links"),
        "database": (resummed(backup, tmp_path / "h", lambda b: b"no database " * 1_000).read_bytes(), "database"),
        "page": (resummed(backup, tmp_path / "i", lambda b: b[:4096] + bytes(4096) + b[8192:]).read_bytes(), "database"),
    }
    for name, (data, word) in bad.items():
        answer = send(box, data)
        assert answer.status_code == 400, (name, answer.text)
        assert word in answer.json()["message"], (name, answer.text)
        assert not leftovers(box), name
    assert send(box, whole, "text/plain").status_code == 400
    assert picture(box) == before
    text = tmp_path / "text.tar"
    text.write_text("no backup " * 1_000)
    ctl(box.url, "restore", text, status=BAD_DATA)
    ctl(box.url, "restore", tmp_path / "nothing", status=NO_INPUT)
    box.restart()
    assert picture(box) == before


def test_a_backup_that_was_packed_anew_is_taken(backup: Path, make_box: Callable[..., Box], tmp_path: Path) -> None:
    unpacked, again = tmp_path / "unpacked", tmp_path / "again.tar"
    unpacked.mkdir()
    subprocess.run(["tar", "-xf", backup, "-C", unpacked], check=True)
    names = ["./musicbox-backup.json", "./musicbox.db", "./media", "./covers", "./SHA256SUMS"]
    subprocess.run(["tar", "--format=gnu", "-cf", again, "-C", unpacked, *names], check=True)
    box = make_box(SILENT).start()
    assert ctl_json(box.url, "restore", again)["tracks"] == 3


def test_no_room_and_no_second_one(backup: Path, make_box: Callable[..., Box], music: Music, tmp_path: Path) -> None:
    box = make_box(SILENT)
    box.config["storage"]["min_free_mb"] = 1_000_000
    box.start()
    assert send(box, backup.read_bytes()).status_code == 507
    assert "room" in ctl(box.url, "restore", backup, status=REFUSED).stderr
    assert not leftovers(box)
    target = tmp_path / "there.tar"
    target.write_text("precious")
    ctl(box.url, "backup", target, status=REFUSED)
    assert target.read_text() == "precious"
    ctl(box.url, "backup", target, "--force", status=OK)
    ctl(box.url, "backup", tmp_path / "no" / "folder.tar", status=NO_INPUT)
    assert [p.name for p in tmp_path.iterdir()] == ["there.tar"]


def test_a_connection_that_breaks_leaves_no_half(backup: Path, make_box: Callable[..., Box]) -> None:
    box = make_box(SILENT).start()
    data = backup.read_bytes()

    def broken() -> Any:
        yield data[: len(data) // 2]
        # Before the box has begun with it there would be nothing to be left, and nothing in the way of the next one.
        until(lambda: leftovers(box), "the half backup")
        raise OSError("the cable")

    with pytest.raises(OSError):
        requests.post(
            f"{box.url}/api/system/restore", data=broken(), headers={"Content-Type": "application/x-tar"}, timeout=60
        )
    until(lambda: not leftovers(box), "the half backup to be gone")
    assert ctl_json(box.url, "restore", backup)["playlists"] == 2
