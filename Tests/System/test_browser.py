"""The web app on a phone: what plays is on the page, live, and the page fits."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from box import Box
from browser import Browser

Music = Callable[..., Path]


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with Browser() as page:
        yield page


def test_the_playing_title_is_on_the_page_and_follows(box: Box, music: Music, page: Browser, tmp_path: Path) -> None:
    playlist = box.playlist("Songs of the browser", [music(130, 30), music(131, 30)])
    box.post(f"/playlists/{playlist}/start")
    page.open(box.url + "/")
    page.wait_text("melody 130 flac 30 s")
    page.screenshot(tmp_path / "playing.png")
    box.post("/player/next")
    page.wait_text("melody 131 flac 30 s")
    box.post("/playlists", {"title": "Made while the page was open"})
    page.wait_text("Made while the page was open")
    box.post("/player/stop")
    assert page.problems == []


def test_the_page_fits_a_phone(box: Box, page: Browser) -> None:
    page.open(box.url + "/")
    page.wait_text("Songs of the browser")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.offsetParent)"
        ".filter(b => b.getBoundingClientRect().height < 32 || b.getBoundingClientRect().width < 32)"
        ".map(b => b.outerHTML.slice(0, 120))"
    )
    assert small == [], "too small for a thumb"


def test_a_title_is_text_and_never_markup(box: Box, page: Browser) -> None:
    title = "<img src=x onerror=document.title='pwned'>"
    box.post("/playlists", {"title": title})
    page.open(box.url + "/")
    page.wait_text(title)
    assert page.evaluate("document.title") != "pwned"


def test_the_page_comes_back_by_itself_after_a_restart(box: Box, page: Browser) -> None:
    page.open(box.url + "/")
    page.wait_text("Songs of the browser")
    box.restart()
    box.post("/playlists", {"title": "Made after the restart"})
    page.wait_text("Made after the restart")
