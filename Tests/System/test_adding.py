"""Music from a phone's browser onto the box: files, folders and archives, chosen or dropped."""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from box import Box
from browser import Browser
from waiting import DEADLINE, until

Music = Callable[..., Path]


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box({"audio": {"device": "silent"}}) as box:
        yield box


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(box: Box, browser: Browser) -> Iterator[Browser]:
    browser.open("about:blank")
    browser.open(box.url + "/")
    browser.wait_text("Add music")
    # The box has said what it plays.
    until(lambda: browser.evaluate("document.querySelector('#add-files').accept"), "the kinds of files")
    browser.click("#add-button")
    yield browser
    assert browser.problems == []


@pytest.fixture(scope="module")
def folder(music: Music, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An album as people have it: two discs, a picture, things that computers leave."""
    album = tmp_path_factory.mktemp("albums") / "Songs of the Sea"
    for disc, names in {"CD 1": ["2 two.flac", "10 ten.flac"], "CD 2": ["1 last.flac"]}.items():
        (album / disc).mkdir(parents=True)
        for number, name in enumerate(names):
            shutil.copy(music(140 + number, 1), album / disc / name)
    (album / "cover.txt").write_text("no music")
    (album / ".hidden.flac").write_text("no music")
    return album


def playlist(box: Box, title: str, tracks: int, deadline: float = DEADLINE) -> dict[str, Any]:
    """The playlist of that title, once it has so many tracks."""

    def found() -> dict[str, Any] | None:
        all_of_them = box.get("/playlists?limit=100")["playlists"]
        return next((p for p in all_of_them if p["title"] == title and p["track_count"] == tracks), None)

    return box.get(f"/playlists/{until(found, f'{title} with {tracks} tracks', deadline, every=0.1)['id']}")


def names(playlist: dict[str, Any]) -> list[str]:
    return [track["filename"] for track in playlist["tracks"]]


def test_a_folder_becomes_a_playlist_in_the_order_people_count(
    box: Box, page: Browser, folder: Path, tmp_path: Path
) -> None:
    page.choose_files("#add-folder", folder)
    page.wait_text("3 songs")
    assert page.evaluate("document.querySelector('#add-title').value") == "Songs of the Sea"
    page.screenshot(tmp_path / "chosen.png")
    page.click("#add-start")
    page.wait_text("3 songs added")
    page.screenshot(tmp_path / "added.png")
    assert names(playlist(box, "Songs of the Sea", 3)) == ["2 two.flac", "10 ten.flac", "1 last.flac"]


def test_files_get_the_name_that_somebody_gives_them(box: Box, page: Browser, music: Music) -> None:
    page.choose_files("#add-files", music(142, 1), music(143, 1))
    page.wait_text("2 songs")
    page.type("#add-title", "For the bath")
    page.click("#add-start")
    playlist(box, "For the bath", 2)


def test_files_go_into_a_playlist_that_is_there(box: Box, page: Browser, music: Music) -> None:
    target = box.post("/playlists", {"title": "There already"})["id"]
    until(lambda: page.evaluate(f"Boolean(document.querySelector('#add-target option[value=\"{target}\"]'))"), "the target")
    page.type("#add-target", target)
    page.choose_files("#add-files", music(144, 1))
    page.wait_text("1 song,")
    page.click("#add-start")
    playlist(box, "There already", 1)


def test_an_archive_becomes_a_playlist_of_its_name(box: Box, page: Browser, folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "Sea in a box.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for path in folder.rglob("[0-9]*.flac"):
            whole.write(path, path.relative_to(folder))
    page.choose_files("#add-files", archive)
    page.wait_text("1 archive")
    page.click("#add-start")
    page.wait_text("3 songs added")
    assert len(names(playlist(box, "Sea in a box", 3))) == 3


def test_dropped_folders_become_a_playlist_each(box: Box, page: Browser, music: Music, tmp_path: Path) -> None:
    for title, seed in (("Dropped one", 145), ("Dropped two", 146)):
        (tmp_path / title).mkdir()
        shutil.copy(music(seed, 1), tmp_path / title / "song.flac")
    page.drop_files(tmp_path / "Dropped one", tmp_path / "Dropped two")
    page.wait_text("Dropped one, Dropped two")
    page.click("#add-start")
    playlist(box, "Dropped one", 1)
    playlist(box, "Dropped two", 1)


def test_a_bad_file_is_named_and_the_others_come(box: Box, page: Browser, music: Music, tmp_path: Path) -> None:
    bad = tmp_path / "broken.mp3"
    bad.write_bytes(b"no music at all" * 100)
    shutil.copy(music(147, 1), tmp_path / "sound.flac")
    page.choose_files("#add-files", bad, tmp_path / "sound.flac")
    page.wait_text("2 songs")
    page.type("#add-title", "Half")
    page.click("#add-start")
    page.wait_text("1 song added")
    assert "broken.mp3" in page.text
    assert names(playlist(box, "Half", 1)) == ["sound.flac"]
    page.problems.clear()  # the refusal, which a browser logs as an error


def test_nothing_but_bad_files_leave_no_playlist(box: Box, page: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "only.mp3"
    bad.write_bytes(b"no music at all" * 100)
    page.choose_files("#add-files", bad)
    page.wait_text("1 song,")
    page.click("#add-start")
    page.wait_text("0 songs added")
    assert "only" not in [p["title"] for p in box.get("/playlists?limit=100")["playlists"]]
    page.problems.clear()


def test_what_is_no_music_is_said_at_once(box: Box, page: Browser, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear box")
    page.choose_files("#add-files", tmp_path / "letter.txt")
    page.wait_text("nothing in it that the box plays")


def test_an_upload_goes_on_after_the_box_was_away(box: Box, page: Browser, music: Music, tmp_path: Path) -> None:
    long = music(148, 240, "wav")
    page.choose_files("#add-files", long)
    page.wait_text("1 song,")
    page.type("#add-title", "Long")
    # What is sent must be on its way when the box goes: the browser is slowed down.
    page.command("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    page.command("Network.emulateNetworkConditions", uploadThroughput=4_000_000, **slow)
    page.click("#add-start")
    until(lambda: chunks(box), "the first chunks")
    box.kill9()
    box.start()
    page.command("Network.emulateNetworkConditions", uploadThroughput=-1, **slow)
    track = playlist(box, "Long", 1, deadline=120)["tracks"][0]
    assert (box.state / "media" / track["file_path"]).read_bytes() == long.read_bytes()
    page.problems.clear()


def chunks(box: Box) -> int:
    return sum(session["chunks_uploaded"] for session in box.get("/uploads/sessions")["sessions"])
