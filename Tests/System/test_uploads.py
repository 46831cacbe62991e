"""Uploads: what is sent arrives once and whole, or the library is as it was."""

import contextlib
import hashlib
import io
import os
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import media
from box import Box
from phone import Phone
from waiting import until

Music = Callable[..., Path]
KB = 1 << 10


@pytest.fixture(scope="module")
def silent_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box that is never heard: no card, no wait for one."""
    with Box({"audio": {"device": "silent"}}) as box:
        yield box


class Sending:
    """One upload by hand."""

    def __init__(self, box: Box, playlist: str, name: str, data: bytes, chunk: int = 64 * KB, **fields: Any):
        self.box, self.data, self.chunk = box, data, chunk
        self.playlist = playlist
        self.route = f"/playlists/{playlist}/uploads"
        wanted = {"filename": name, "file_size": len(data), "chunk_size": chunk, **fields}
        self.session = box.post(f"{self.route}/session", wanted)
        self.path = f"{self.route}/{self.session['session_id']}"

    def piece(self, index: int) -> bytes:
        return self.data[index * self.chunk : (index + 1) * self.chunk]

    def send(self, *indices: int) -> "Sending":
        for index in indices or range(self.session["total_chunks"]):
            self.box.ask("PUT", f"{self.path}/chunks/{index}", data=self.piece(index))
        return self

    @property
    def missing(self) -> list[int]:
        return self.box.get(self.path)["missing_chunks"]

    def finish(self) -> dict[str, Any]:
        return self.box.post(f"{self.path}/finalize", {"file_hash": hashlib.sha256(self.data).hexdigest()})


def tracks(box: Box, playlist: str) -> list[dict[str, Any]]:
    return box.get(f"/playlists/{playlist}")["tracks"]


def stored(box: Box, playlist: str) -> list[Path]:
    """The files of a playlist in the store."""
    return sorted((box.state / "media" / playlist).glob("*"))


def parts(box: Box) -> list[Path]:
    return [path for path in (box.state / "uploads").iterdir() if path.suffix != ".session"]


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_an_upload_goes_on_after_a_restart(how: str, make_box: Callable[..., Box], music: Music) -> None:
    box = make_box({"audio": {"device": "silent"}}).start()
    data = music(201, 4, "wav").read_bytes()
    playlist = box.post("/playlists", {"title": how})["id"]
    sending = Sending(box, playlist, "a.wav", data)
    total = sending.session["total_chunks"]
    sending.send(*range(0, total, 2))
    if how == "restart":
        box.stop()
    else:
        box.kill9()
    box.start()
    assert sending.missing == list(range(1, total, 2))
    sending.send(*sending.missing)
    track = sending.finish()["track"]
    box.restart()
    assert sending.finish()["track"]["id"] == track["id"], "a client that did not hear the answer asks again"
    assert [t["id"] for t in tracks(box, playlist)] == [track["id"]]
    assert (box.state / "media" / track["file_path"]).read_bytes() == data
    assert parts(box) == []
    box.stop()


def test_a_phone_that_fell_asleep_sends_the_chunk_again(silent_box: Box, music: Music) -> None:
    box, data = silent_box, music(202, 2, "wav").read_bytes()
    playlist = box.post("/playlists", {"title": "asleep"})["id"]
    sending = Sending(box, playlist, "a.wav", data)
    head = f"PUT /api{sending.path}/chunks/1 HTTP/1.1\r\nHost: box\r\nContent-Length: {sending.chunk}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", box.port)) as asleep:
        asleep.sendall(head.encode() + b"\x00" * 30_000)
        until(
            lambda: "still coming" in box.refusal("POST", f"{sending.path}/finalize", {}).body,
            "the box to know of the chunk that is on its way",
        )
        sending.send()
        assert sending.missing == []
        asleep.sendall(b"\x00" * 30_000)
        track = sending.finish()["track"]
    assert (box.state / "media" / track["file_path"]).read_bytes() == data


def test_a_chunk_that_breaks_off_has_not_come(silent_box: Box, music: Music) -> None:
    box, data = silent_box, music(202, 2, "wav").read_bytes()
    sending = Sending(box, box.post("/playlists", {"title": "broken"})["id"], "a.wav", data).send(0)
    head = f"PUT /api{sending.path}/chunks/0 HTTP/1.1\r\nHost: box\r\nContent-Length: {sending.chunk}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", box.port)) as broken:
        broken.sendall(head.encode() + b"\x00" * 5_000)
        until(lambda: 0 in sending.missing, "the chunk that is sent again to be missing")
    sending.send()
    assert sending.finish()["track"]["file_size"] == len(data)


def test_a_second_file_of_the_same_name_stands_beside_the_first(silent_box: Box, music: Music) -> None:
    box = silent_box
    playlist = box.post("/playlists", {"title": "twins"})["id"]
    files = [music(seed, 1, "mp3-cbr").read_bytes() for seed in (203, 204)]
    made = [Sending(box, playlist, "song.mp3", data).send().finish()["track"] for data in files]
    assert [Path(t["file_path"]).name for t in made] == ["song.mp3", "song (2).mp3"]
    for track, data in zip(made, files):
        assert (box.state / "media" / track["file_path"]).read_bytes() == data


def test_progress_is_told_once_to_everybody(silent_box: Box, music: Music) -> None:
    box, data = silent_box, music(205, 4, "wav").read_bytes()
    playlist = box.post("/playlists", {"title": "progress"})["id"]
    with Phone(box.url, "playlists") as phone:
        # In both rooms, and still told once.
        phone.join("playlist", playlist_id=playlist)
        sending = Sending(box, playlist, "a.wav", data, 16 * KB)
        begin = time.monotonic()
        sending.send()
        seconds = time.monotonic() - begin
        track = sending.finish()["track"]
        end = phone.wait_for("upload:complete")
        told = phone.heard("upload:progress")
    last = told[-1].payload
    session = sending.session["session_id"]
    assert (last["progress"], last["complete"], last["chunk_index"]) == (100, True, sending.session["total_chunks"] - 1)
    assert all((e.payload["session_id"], e.payload["playlist_id"]) == (session, playlist) for e in told)
    progress = [e.payload["progress"] for e in told]
    assert progress == sorted(set(progress)), "each is told once"
    # The box's own clock began after this one and ended before it; between the first and the last it keeps 200 ms.
    assert len(told) <= seconds / 0.2 + 2, f"{len(told)} in {seconds:.1f} s"
    assert len(phone.heard("upload:complete")) == 1
    assert end.payload["track"]["id"] == track["id"] and end.payload["filename"] == "a.wav"
    assert abs(end.payload["metadata"]["duration_ms"] - 4_000) < 50
    assert end.payload["metadata"]["sample_rate"] == media.RATE


def test_what_is_no_music_is_told_as_an_error(silent_box: Box) -> None:
    box = silent_box
    playlist = box.post("/playlists", {"title": "noise"})["id"]
    with Phone(box.url, "playlists") as phone:
        sending = Sending(box, playlist, "noise.mp3", b"This is not music.\n" * 4_000).send()
        assert box.refusal("POST", f"{sending.path}/finalize", {}).status == 400
        error = phone.wait_for("upload:error").payload
    assert error["session_id"] == sending.session["session_id"] and "noise.mp3" in error["error"]
    assert tracks(box, playlist) == [] and stored(box, playlist) == []
    assert box.get(sending.path)["status"] == "error"


# Archives


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return buffer.getvalue()


def test_an_archive_becomes_a_playlist(silent_box: Box, music: Music) -> None:
    box = silent_box
    playlist = box.post("/playlists", {"title": "archive"})["id"]
    songs = {f"Märchen/{number} teil.mp3": music(210 + number, 1, "mp3-cbr").read_bytes() for number in (1, 2, 10)}
    data = archive({"Märchen/cover.jpg": b"x", **dict(reversed(songs.items())), "__MACOSX/Märchen/._1 teil.mp3": b"x"})
    done = Sending(box, playlist, "Märchen.zip", data).send().finish()
    assert [t["filename"] for t in done["tracks"]] == ["1 teil.mp3", "2 teil.mp3", "10 teil.mp3"]
    assert done["track"] == done["tracks"][0]
    assert [t["id"] for t in tracks(box, playlist)] == [t["id"] for t in done["tracks"]]
    for track, song in zip(done["tracks"], songs.values()):
        assert (box.state / "media" / track["file_path"]).read_bytes() == song
    assert parts(box) == []


def test_names_in_an_archive_lead_nowhere(silent_box: Box, music: Music) -> None:
    box = silent_box
    playlist = box.post("/playlists", {"title": "traversal"})["id"]
    song = music(211, 1, "mp3-cbr").read_bytes()
    names = ["../../../outside.mp3", "/outside.mp3", "a/../../outside.mp3", "..\\outside.mp3"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, song)
        link = zipfile.ZipInfo("link.mp3")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    done = Sending(box, playlist, "evil.zip", buffer.getvalue()).send().finish()
    assert len(done["tracks"]) == len(names), "the link is passed over"
    assert len(stored(box, playlist)) == len(names)
    for track in done["tracks"]:
        assert track["file_path"].startswith(f"{playlist}/outside")
    outside = [p for p in box.directory.rglob("outside*") if not p.is_relative_to(box.state / "media" / playlist)]
    assert outside == [] and not Path("/outside.mp3").exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"\x00" * 4_000, b"no archive " * 400, archive({"a.txt": b"text"})])
def test_what_is_no_archive_of_music(data: bytes, silent_box: Box) -> None:
    box = silent_box
    playlist = box.post("/playlists", {"title": "no archive"})["id"]
    sending = Sending(box, playlist, "a.zip", data).send()
    assert box.refusal("POST", f"{sending.path}/finalize", {}).status == 400
    assert tracks(box, playlist) == [] and stored(box, playlist) == [] and parts(box) == []


# Disks that are full, and others


@contextlib.contextmanager
def mounted(directory: Path, *arguments: str) -> Iterator[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", *arguments, str(directory)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no mount for this user: {made.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@pytest.fixture
def small_box(make_box: Callable[..., Box]) -> Iterator[Box]:
    """A box with a disk of 24 MB that may be filled to the last byte."""
    box = make_box({"storage": {"min_free_mb": 0}, "audio": {"device": "silent"}})
    with mounted(box.state, "-t", "tmpfs", "-o", "size=24m", "tmpfs"):
        yield box.start()
        box.stop()


def fill(box: Box, leave: int) -> Path:
    """Fills the disk until only so many bytes are free."""
    filler = box.state / "filler"
    with open(filler, "wb") as file:
        free = os.statvfs(box.state).f_bavail * os.statvfs(box.state).f_frsize
        os.posix_fallocate(file.fileno(), 0, max(1, free - leave))
    return filler


def test_a_disk_that_fills_up_at_any_byte_leaves_the_library_as_it_was(small_box: Box, music: Music) -> None:
    box = small_box
    song = music(220, 3, "wav").read_bytes()
    kept = box.post("/playlists", {"title": "kept"})["id"]
    Sending(box, kept, "kept.wav", song).send().finish()
    before = box.get(f"/playlists/{kept}")
    outcomes = set()
    for leave in (0, 4 * KB, 40 * KB, 100 * KB, 300 * KB, 600 * KB):
        playlist = box.post("/playlists", {"title": f"{leave} left"})["id"]
        sending = Sending(box, playlist, "song.wav", song)
        filler = fill(box, leave)
        for index in range(sending.session["total_chunks"]):
            answer = box.request("PUT", f"{sending.path}/chunks/{index}", data=sending.piece(index))
            assert answer.status_code in (200, 507), answer.text
        answer = box.request("POST", f"{sending.path}/finalize", {})
        assert answer.status_code in (201, 409, 507), answer.text
        outcomes.add(answer.status_code)
        if answer.status_code != 201:
            assert tracks(box, playlist) == [] and stored(box, playlist) == []
        filler.unlink()
        if answer.status_code != 201:
            sending.send(*sending.missing)
            assert sending.finish()["track"]["file_size"] == len(song)
        assert [p.read_bytes() for p in stored(box, playlist)] == [song]
        assert box.request("DELETE", f"/playlists/{playlist}").status_code == 204
    assert outcomes & {409, 507}, "the disk was never full"
    now = box.get(f"/playlists/{kept}")
    assert [t["id"] for t in now["tracks"]] == [t["id"] for t in before["tracks"]]


def test_a_full_disk_is_told_before_the_first_byte(small_box: Box) -> None:
    box = small_box
    playlist = box.post("/playlists", {"title": "large"})["id"]
    wanted = {"filename": "a.wav", "file_size": 15 << 20}
    route = f"/playlists/{playlist}/uploads/session"
    box.post(route, wanted)
    refusal = box.refusal("POST", route, wanted)
    assert (refusal.status, refusal.error["error_type"]) == (507, "insufficient_storage")


def test_an_archive_that_unpacks_to_more_than_there_is_room_for(small_box: Box) -> None:
    box = small_box
    playlist = box.post("/playlists", {"title": "bomb"})["id"]
    bomb = archive({f"{number}.wav": bytes(30 << 20) for number in range(3)})
    assert len(bomb) < 200 * KB
    sending = Sending(box, playlist, "bomb.zip", bomb).send()
    assert box.refusal("POST", f"{sending.path}/finalize", {}).status in (400, 507)
    assert tracks(box, playlist) == [] and stored(box, playlist) == []
    assert [p for p in parts(box) if p.is_dir()] == []
    assert box.health["components"]["database"]["status"] == "healthy"


def test_a_disk_that_knows_no_links(make_box: Callable[..., Box], tmp_path: Path, music: Music) -> None:
    """FAT, as on a stick that a parent brings: no link(2), fewer characters in names."""
    image = tmp_path / "fat.img"
    with open(image, "wb") as file:
        file.truncate(64 << 20)
    if subprocess.run(["mkfs.vfat", str(image)], capture_output=True).returncode:
        pytest.skip("mkfs.vfat refuses")
    box = make_box({"storage": {"min_free_mb": 0}, "audio": {"device": "silent"}})
    with mounted(box.state, "-o", "loop,utf8", str(image)):
        box.start()
        playlist = box.post("/playlists", {"title": "fat"})["id"]
        data = music(221, 1, "mp3-cbr").read_bytes()
        made = [Sending(box, playlist, name, data).send().finish()["track"] for name in ("a?.mp3", "A?.mp3", "a?.mp3")]
        names = [Path(t["file_path"]).name for t in made]
        assert len({name.lower() for name in names}) == 3
        assert len(stored(box, playlist)) == 3
        box.stop()


def test_uploads_on_another_disk_than_the_store(make_box: Callable[..., Box], music: Music) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        box = make_box({"audio": {"device": "silent"}})
        box.state.mkdir()
        (box.state / "uploads").symlink_to(other)
        if os.stat(other).st_dev == os.stat(box.state).st_dev:
            pytest.skip("there is one file system only")
        box.start()
        playlist = box.post("/playlists", {"title": "two disks"})["id"]
        song = music(214, 2)
        for _ in range(2):
            track = box.upload(playlist, song)
            assert (box.state / "media" / track["file_path"]).read_bytes() == song.read_bytes()
        until(lambda: not [name for name in os.listdir(other) if name.endswith(".part")], "nothing to be left behind")
        assert len(list((box.state / "media" / playlist).iterdir())) == 2


def test_a_cover_is_shown(silent_box: Box, music: Music, tmp_path: Path) -> None:
    box = silent_box
    picture = tmp_path / "cover.png"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", str(picture)], check=True
    )
    file = tmp_path / "covered.mp3"
    inputs = ["-i", str(music(222, 1, "mp3-cbr")), "-i", str(picture)]
    options = ["-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic"]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *options, str(file)], check=True)
    playlist = box.playlist("covered", [music(223, 1), file])
    track = tracks(box, playlist)[1]["id"]
    for path in (f"/playlists/{playlist}/cover", f"/tracks/{track}/cover"):
        answer = box.request("GET", path)
        assert answer.content == picture.read_bytes() and answer.headers["Content-Type"] == "image/png"
        again = box.request("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304 and not again.content
    assert box.refusal("GET", f"/tracks/{tracks(box, playlist)[0]['id']}/cover").status == 404


def test_the_music_itself_in_ranges(silent_box: Box, music: Music) -> None:
    box, file = silent_box, music(224, 3, "wav")
    data = file.read_bytes()
    track = tracks(box, box.playlist("ranges", [file]))[0]["id"]
    path = f"/tracks/{track}/audio"
    head = box.request("HEAD", path)
    assert head.headers["Content-Length"] == str(len(data)) and head.headers["Accept-Ranges"] == "bytes"
    assert box.request("GET", path).content == data
    rng = np.random.default_rng(7)
    for start, end in sorted(rng.integers(0, len(data), (5, 2)), key=list):
        start, end = min(start, end), max(start, end)
        answer = box.request("GET", path, headers={"Range": f"bytes={start}-{end}"})
        assert answer.status_code == 206 and answer.content == data[start : end + 1]
    beyond = box.request("GET", path, headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(data)}"
