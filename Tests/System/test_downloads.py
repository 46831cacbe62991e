"""Downloads by the real yt-dlp from a server on loopback, through its generic extractor. Only the search, which knows one
site on the internet, is answered by a small program in the place of yt-dlp."""

import contextlib
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from box import Box, children
from phone import Phone
from waiting import until
from webserver import WebServer

Music = Callable[..., Path]
YT_DLP = Path(sys.executable).parent / "yt-dlp"
# Names of files and what must be said of them.
BAD = {"nothing": "404", "garbage": "garbage"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    directory = tmp_path_factory.mktemp("web")
    media.encode(directory / "song.mp3", media.melody(201, 8), "mp3-cbr", {"title": "The Song"})
    media.encode(directory / "untitled.mp3", media.melody(202, 3), "mp3-cbr")
    (directory / "page.html").write_text('<html><title>A page</title><audio src="song.mp3"></audio></html>')
    (directory / "garbage.mp3").write_bytes(os.urandom(1) + b"no music " * 5_000)
    with WebServer(directory) as web:
        yield web


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with Box(downloading(YT_DLP)) as box:
        yield box


def downloading(program: Path | str, **youtube: Any) -> dict[str, dict[str, Any]]:
    return {"youtube": {"program": str(program), "stall_seconds": 300, **youtube}, "audio": {"device": "silent"}}


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def download(box: Box, url: str, playlist: str | None = None) -> str:
    answer = box.request("POST", "/youtube/download", {"url": url, "playlist_id": playlist})
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["task_id"]


def wait_status(box: Box, task: str, status: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def ended() -> dict[str, Any] | None:
        seen.update(box.get(f"/youtube/status/{task}"))
        if seen["status"] == status:
            return seen
        assert seen["status"] not in ("completed", "error"), seen
        return None

    return until(ended, lambda: f"{status}: {seen}", deadline=120, every=0.1)


def media_files(box: Box) -> set[Path]:
    return {path for path in (box.state / "media").rglob("*") if path.is_file()}


def rests(box: Box) -> list[Path]:
    downloads = box.state / "downloads"
    return list(downloads.iterdir()) if downloads.exists() else []


def test_a_download_becomes_a_playlist_of_its_title(loader: Box, web: WebServer) -> None:
    with Phone(loader.url, "playlists") as phone:
        mark = phone.now
        task = download(loader, web.url("page.html"))
        done = wait_status(loader, task, "completed")
        complete = phone.wait_for("youtube:complete", lambda e: e["task_id"] == task, mark).payload
        assert complete["playlist_id"] == done["playlist_id"]
        assert complete["track"]["title"] == "The Song"
        phone.wait_for("state:track_added", lambda e: e["data"]["track"]["id"] == complete["track"]["id"], mark)
        steps = [e.payload for e in phone.heard("youtube:progress", mark) if e.payload["task_id"] == task]
        assert [s["status"] for s in steps if s["status"] != steps[0]["status"]][-1] == "processing"
        assert all(0 <= s["progress_percent"] <= 100 and s["current_step"] for s in steps)
    playlist = loader.get(f"/playlists/{done['playlist_id']}")
    assert playlist["title"] == "The Song"
    track = playlist["tracks"][0]
    stored = loader.state / "media" / track["file_path"]
    assert stored.read_bytes() == (web.directory / "song.mp3").read_bytes()
    assert abs(track["duration_ms"] - 8_000) < 200
    until(lambda: not rests(loader), "the download's folder to be gone")


def test_the_chosen_playlist_is_honoured(loader: Box, web: WebServer) -> None:
    playlist = loader.post("/playlists", {"title": "chosen"})["id"]
    done = wait_status(loader, download(loader, web.url("untitled.mp3"), playlist), "completed")
    assert done["playlist_id"] == playlist
    assert [t["title"] for t in loader.get(f"/playlists/{playlist}")["tracks"]] == ["untitled"]
    assert done["task_id"] in [t["task_id"] for t in loader.get("/youtube/tasks")["tasks"]]


def test_what_cannot_be_had_is_named_and_leaves_nothing(loader: Box, web: WebServer) -> None:
    before = loader.get("/playlists?limit=100")["total"], media_files(loader)
    with Phone(loader.url) as phone:
        for task, word in [(download(loader, web.url(f"{name}.mp3")), word) for name, word in BAD.items()]:
            told = phone.wait_for("youtube:error", lambda e: e["task_id"] == task, deadline=60).payload
            assert word in told["message"]
            assert loader.get(f"/youtube/status/{task}")["message"] == told["message"]
    assert (loader.get("/playlists?limit=100")["total"], media_files(loader)) == before
    until(lambda: not rests(loader), "the download's folder to be gone")


def test_a_cancelled_download_ends_with_all_its_processes(loader: Box, web: WebServer) -> None:
    web.release.clear()
    web.waiting.clear()
    before = media_files(loader)
    with Phone(loader.url) as phone:
        task = download(loader, web.url("slow/song.mp3"))
        until(web.waiting.is_set, "half of the file to be sent", deadline=60)
        wait_status(loader, task, "downloading")
        started = {pid for pid in children(loader.pid) if "yt-dlp" in command(pid)}
        assert started
        assert loader.request("DELETE", f"/youtube/tasks/{task}").status_code == 204
        phone.wait_for("youtube:error", lambda e: e["task_id"] == task)
    web.release.set()
    until(lambda: not any(is_running(pid) for pid in started), "the program to be gone")
    assert loader.refusal("GET", f"/youtube/status/{task}").status == 404
    assert media_files(loader) == before
    until(lambda: not rests(loader), "the download's folder to be gone")


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/a.mp3", "--exec=reboot", "http://", "http://a b", "", "ytsearch:x", "http:/x"],
)
def test_only_addresses_of_the_web_are_taken(url: str, loader: Box) -> None:
    assert loader.refusal("POST", "/youtube/download", {"url": url}).status == 400


def test_wrong_ids_are_404(loader: Box, web: WebServer) -> None:
    nowhere = "00000000-0000-0000-0000-000000000000"
    asked = {"url": web.url("song.mp3"), "playlist_id": nowhere}
    assert loader.refusal("POST", "/youtube/download", asked).status == 404
    assert loader.refusal("GET", "/youtube/status/nix").status == 404
    assert loader.refusal("DELETE", "/youtube/tasks/nix").status == 404


def test_without_the_program_the_package_is_named(make_box: Callable[..., Box]) -> None:
    box = make_box(downloading("/no/such/yt-dlp")).start()
    for method, path, body in (
        ("POST", "/youtube/download", {"url": "http://127.0.0.1:9/a.mp3"}),
        ("GET", "/youtube/search?q=x", None),
    ):
        refused = box.refusal(method, path, body)
        assert refused.status == 503
        assert "package yt-dlp" in refused.error["message"]


def test_a_program_that_hangs_is_ended_with_what_it_started(make_box: Callable[..., Box], tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hanging = program(
        tmp_path / "hanging",
        "import os, subprocess, time\n"
        f"child = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('musicbox-title \"never\"', flush=True)\n"
        "time.sleep(600)\n",
    )
    # Time enough for it to have started its child.
    box = make_box(downloading(hanging, stall_seconds=8)).start()
    task = download(box, "http://127.0.0.1:9/a.mp3")
    assert "nothing came" in wait_status(box, task, "error")["message"]
    own = [int(pid) for pid in pids.read_text().split()]
    until(lambda: not any(is_running(pid) for pid in own), "the program and its child to be gone")
    assert box.get("/playlists")["total"] == 0


def is_running(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text[text.rindex(")") + 2] != "Z"


def test_a_stalled_server(make_box: Callable[..., Box], web: WebServer) -> None:
    # The second download must have begun within that: yt-dlp takes seconds to start where three runs share two processors.
    # And it gives up by itself after 20.
    box = make_box(downloading(YT_DLP, stall_seconds=12)).start()
    assert "nothing came" in wait_status(box, download(box, web.url("stall/song.mp3")), "error")["message"]
    done = wait_status(box, download(box, web.url("song.mp3")), "completed")
    assert box.get(f"/playlists/{done['playlist_id']}")["track_count"] == 1


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_download_goes_on_after_a_restart(how: str, make_box: Callable[..., Box], web: WebServer) -> None:
    box = make_box(downloading(YT_DLP, stall_seconds=600)).start()
    web.release.clear()
    web.waiting.clear()
    web.asked.clear()
    task = download(box, web.url("slow/song.mp3"))
    until(web.waiting.is_set, "half of the file to be sent", deadline=60)
    until(lambda: part(box, task) > 0, "bytes on the disk")
    if how == "kill":
        # The power: what the box had started goes with it.
        started = [pid for pid in children(box.pid) if "yt-dlp" in command(pid)]
        box.kill9()
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # A signal is only sent: until they are gone they may write.
        until(lambda: not any(is_running(pid) for pid in started), "the program to be gone")
    else:
        box.stop()
    had = part(box, task)
    assert had > 0
    box.start()
    web.release.set()
    done = wait_status(box, task, "completed")
    assert web.asked[-1][1] == had, "only what was missing is asked for"
    (track,) = box.get(f"/playlists/{done['playlist_id']}")["tracks"]
    assert (box.state / "media" / track["file_path"]).read_bytes() == (web.directory / "song.mp3").read_bytes()
    assert [t["task_id"] for t in box.get("/youtube/tasks")["tasks"]] == [task]
    until(lambda: not rests(box), "the download's folder to be gone")


def part(box: Box, task: str) -> int:
    """Bytes of the unfinished file of a download."""
    return sum(path.stat().st_size for path in (box.state / "downloads" / task).glob("*.part"))


def test_a_download_that_ends_the_box_each_time_is_given_up(make_box: Callable[..., Box], tmp_path: Path) -> None:
    waiting = program(tmp_path / "waiting", "import time\ntime.sleep(600)\n")
    box = make_box(downloading(waiting, stall_seconds=600)).start()
    task = download(box, "http://127.0.0.1:9/a.mp3")
    for _ in range(4):
        wait_status(box, task, "downloading")
        box.restart()
    assert "restarted" in wait_status(box, task, "error")["message"]
    assert not rests(box)


def test_the_queue_and_the_disk_have_bounds(make_box: Callable[..., Box], tmp_path: Path) -> None:
    waiting = program(tmp_path / "waiting", "import time\ntime.sleep(600)\n")
    box = make_box(downloading(waiting, stall_seconds=600)).start()
    tasks = [download(box, f"http://127.0.0.1:9/{number}.mp3") for number in range(16)]
    assert box.refusal("POST", "/youtube/download", {"url": "http://127.0.0.1:9/x.mp3"}).status == 503
    states = [t["status"] for t in box.get("/youtube/tasks")["tasks"]]
    assert states.count("downloading") == 2 and states.count("pending") == 14
    for task in reversed(tasks):
        box.request("DELETE", f"/youtube/tasks/{task}")
    assert box.get("/youtube/tasks")["tasks"] == []
    box.stop()
    free = shutil.disk_usage(box.state).free >> 20
    box.config["storage"]["min_free_mb"] = min(free + 1_000, 1_000_000)
    box.start()
    assert box.refusal("POST", "/youtube/download", {"url": "http://127.0.0.1:9/x.mp3"}).status == 507


def test_search_results_carry_both_habits_names(make_box: Callable[..., Box], tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    searching = program(
        tmp_path / "searching",
        "import json, sys\n"
        f"open({str(asked)!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        "for n in range(3):\n"
        "    print(json.dumps({'id': f'id{n}', 'title': f'Title {n}', 'duration': 61.5, 'channel': 'C',\n"
        "        'thumbnails': [{'url': 'http://t/small'}, {'url': 'http://t/large'}]}))\n"
        "print('not json')\n",
    )
    box = make_box(downloading(searching)).start()
    results = box.get("/youtube/search?query=--exec%20rm%20%3B%20x&max_results=2")["results"]
    assert [r["id"] for r in results] == [r["video_id"] for r in results] == ["id0", "id1"]
    assert results[0]["duration"] == 61.5 and results[0]["duration_ms"] == 61_500
    assert results[0]["thumbnail"] == results[0]["thumbnail_url"] == "http://t/large"
    arguments = asked.read_text()
    assert '"--", "ytsearch2:--exec rm ; x"]' in arguments
    assert box.refusal("GET", "/youtube/search?q=").status == 400
    assert box.refusal("GET", "/youtube/search?q=x&max_results=1000").status == 400
