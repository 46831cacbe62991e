"""Fixtures of the black-box tests. A test that only uses the box shares one of its module; a test that breaks things
makes its own with `make_box`, which shows the box's log when the test fails."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

import media
from box import Box, Config, binary
from phone import Phone
from pulse import Pulse

_boxes = pytest.StashKey[list[Box]]()
_before = pytest.StashKey[tuple[int, float, float]]()
_starved = pytest.StashKey[bool]()


def boxes_of(item: pytest.Item) -> list[Box]:
    """The boxes that a test uses: its own and those it shares."""
    return [box for node in item.listchain() for box in node.stash.get(_boxes, [])]


def shortage(item: pytest.Item) -> tuple[int, float, float]:
    """How often the boxes' cards ran dry, how long programs of this machine waited for a processor, and the time."""
    waited = 0.0
    with contextlib.suppress(OSError):  # a kernel without pressure stall information
        waited = int(Path("/proc/pressure/cpu").read_text().split("total=")[1].split()[0]) / 1e6
    return sum(box.dropouts for box in boxes_of(item)), waited, time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed:
        if call.excinfo is not None and _before in item.stash:
            dropouts, waited, now = (a - b for a, b in zip(shortage(item), item.stash[_before]))
            item.stash[_starved] = dropouts > 0 or waited > 0.2 * now
        for box in boxes_of(item):
            report.sections.append((f"log of musicboxd at {box.url}", box.log[-8_000:]))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Runs a test again, at most twice, when it failed while the card ran dry or the machine had no processor to spare
    for a fifth of the time: what was recorded then says nothing. A box that breaks by itself does so each time."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(3):
        item.stash[_starved] = False
        item.stash[_before] = shortage(item)
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not item.stash[_starved] or attempt == 2:
            break
        item._initrequest()  # type: ignore[attr-defined]
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


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


@pytest.fixture(scope="module")
def steady_box(request: pytest.FixtureRequest, card: Pulse) -> Iterator[Box]:
    """As `box`, with a second of buffer: for what is compared sample by sample. PulseAudio fills what a busy machine
    brings too late with silence and tells nobody."""
    box = Box({"audio": {"buffer_ms": 1_000}}, card.environment)
    request.node.stash.setdefault(_boxes, []).append(box)
    with box:
        box.post("/player/volume", {"volume": 100})
        yield box


@pytest.fixture
def make_box(request: pytest.FixtureRequest) -> Iterator[Callable[..., Box]]:
    """`make_box(config, environment)`: a box of the test's own, not yet started, at full volume once it is."""
    boxes = request.node.stash.setdefault(_boxes, [])
    boxes.clear()

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
