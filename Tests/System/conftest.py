"""Fixtures of the black-box tests. A test that only uses the box shares one of its module; a test that breaks things
makes its own with `make_box`, which shows the box's log when the test fails."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from box import Box, Config, binary
from phone import Phone
from pulse import Pulse

_boxes = pytest.StashKey[list[Box]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed:
        for node in item.listchain():
            for box in node.stash.get(_boxes, []):
                report.sections.append((f"log of musicboxd at {box.url}", box.log[-8_000:]))
    return report


@pytest.fixture(scope="session", autouse=True)
def binaries() -> None:
    missing = [name for name in ("musicboxd", "musicboxctl", "musicbox-reader") if not binary(name).exists()]
    if missing:
        pytest.exit(f"not built: {', '.join(missing)} in {binary('')}: run `make build` or set MUSICBOX_BIN", 2)


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`music(seed, seconds=, form=)`: a file of that melody, made once."""
    directory = tmp_path_factory.mktemp("music")
    made: dict[tuple[int, float, str], Path] = {}

    def make(seed: int, seconds: float = 4, form: str = "flac") -> Path:
        key = (seed, seconds, form)
        if key not in made:
            made[key] = media.make(directory, seed, seconds, form, f"melody {seed} {form} {seconds} s")
        return made[key]

    return make


@pytest.fixture(scope="module")
def card() -> Iterator[Pulse]:
    with Pulse() as card:
        yield card


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest, card: Pulse) -> Iterator[Box]:
    """A box with a card and a virtual reader at full volume, shared by the tests of a module."""
    box = Box(environment=card.environment)
    request.node.stash.setdefault(_boxes, []).append(box)
    with box:
        box.post("/player/volume", {"volume": 100})
        yield box


@pytest.fixture
def make_box(request: pytest.FixtureRequest) -> Iterator[Callable[..., Box]]:
    """`make_box(config, environment)`: a box of the test's own, not yet started, at full volume once it is."""
    boxes = request.node.stash.setdefault(_boxes, [])

    def make(config: Config | None = None, environment: dict[str, str] | None = None) -> Box:
        boxes.append(Box(config, environment))
        return boxes[-1]

    yield make
    for box in boxes:
        box.remove()


@pytest.fixture
def phone(box: Box) -> Iterator[Phone]:
    """A phone in the room `playlists` of the module's box."""
    with Phone(box.url, "playlists") as phone:
        yield phone
