"""musicbox-reader alone: the real libnfc against a PN532 on a pseudo-terminal.

The binary is taken from the directory MUSICBOX_BIN, else from .build/release of this checkout.
"""

import os
import pathlib
import queue
import shutil
import signal
import subprocess
import threading
import time

import pytest
from pn532 import PN532

PATIENCE = 20  # seconds; for a loaded machine, never reached when all is well
FOUR, SEVEN, TEN = "04a1b2c3", "04a1b2c3d4e5f6", "0401020304050607aabb"
#: Of two tags in the field the chip picks the one whose first differing bit, low bit first, is a one.
LOSER, WINNER = "04000000", "05000000"

USAGE, MISSING, LOST = 64, 69, 74


def binary() -> str:
    directory = os.environ.get("MUSICBOX_BIN") or pathlib.Path(__file__).parents[2] / ".build" / "release"
    path = pathlib.Path(directory) / "musicbox-reader"
    if not path.exists():
        pytest.fail(f"{path} does not exist; build it or set MUSICBOX_BIN")
    return str(path)


class Reader:
    """A running musicbox-reader and its lines."""

    def __init__(self, device: str | None, *arguments: str, env: dict | None = None):
        command = [binary(), *(["--device", device] if device else []), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.lines: queue.Queue = queue.Queue()
        self.collector = threading.Thread(target=self._collect, daemon=True)
        self.collector.start()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.put((line.rstrip("\n"), time.monotonic_ns()))
        self.lines.put((None, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.collector.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def line(self, alive: bool = False) -> str | None:
        """The next line, heartbeats left out unless asked for; None at the end of the output."""
        while True:
            line, self.heard_ns = self.lines.get(timeout=PATIENCE)
            if alive or line != "alive":
                return line

    def ready(self):
        line = self.line()
        assert line is not None and line.startswith("ready "), line
        return self

    def placed(self, uid: str) -> int:
        """Expects this tag to be placed; returns the time of its first sight (CLOCK_MONOTONIC, nanoseconds)."""
        words = (self.line() or "nothing").split()
        assert words[:2] == ["placed", uid], words
        assert words[2].startswith("t="), words
        return int(words[2][2:])

    def nothing_so_far(self):
        told = [line for line, _ in list(self.lines.queue) if line != "alive"]
        assert told == []

    def end(self) -> int:
        """The exit code, once it has ended."""
        return self.process.wait(PATIENCE)


def searches(chip: PN532, since: int = 0) -> list[int]:
    return [command.at_ns for command in chip.commands if command.name == "InListPassiveTarget" and command.at_ns > since]


def wait_for_searches(chip: PN532, count: int):
    """Waits until the reader has looked for tags that many times more."""
    goal = len(searches(chip)) + count
    wait_until(lambda: len(searches(chip)) >= goal, "the reader does not look for tags any more")


def wait_until(condition, complaint: str):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.002)


@pytest.fixture
def chip():
    with PN532() as chip:
        yield chip


@pytest.fixture
def reader(chip):
    with Reader(chip.connstring) as reader:
        yield reader.ready()


@pytest.mark.parametrize("uid", [FOUR, SEVEN, TEN, "08123456"])
def test_tag_comes_and_goes(chip, reader, uid):
    before = chip.place(uid)
    seen = reader.placed(uid)
    assert before < seen < reader.heard_ns
    wait_for_searches(chip, 5)
    reader.nothing_so_far()
    lifted = chip.remove()
    assert reader.line() == f"removed {uid}"
    # The hysteresis counts from the last sight, however late the next poll was. Of the searches that had come by then the
    # last may already have found nothing.
    last_sight = [at for at in searches(chip) if at < lifted][-2]
    assert reader.heard_ns - last_sight >= 600_000_000


def test_tag_that_lies_there_at_the_start(chip):
    chip.place(SEVEN)
    with Reader(chip.connstring) as reader:
        reader.ready().placed(SEVEN)


def test_first_sight_acts(chip, record_property):
    """No second look, no debouncing: told before the next search but one is even begun."""
    waits = []
    with Reader(chip.connstring, "--removal-ms", "50") as reader:
        reader.ready()
        for index in range(20):
            # At all moments of the interval between two polls, and not always just after one.
            time.sleep(index * 0.0025)  # sampling, not synchronisation
            before = chip.place(SEVEN)
            seen = reader.placed(SEVEN)
            later = searches(chip, since=before)
            assert len(later) < 3 or seen < later[2]
            waits.append((reader.heard_ns - before) / 1e6)
            chip.remove()
            assert reader.line() == f"removed {SEVEN}"
    waits.sort()
    record_property("tap_to_line_ms", {"median": waits[10], "worst": waits[-1]})
    print(f"tap to line: median {waits[10]:.1f} ms, worst {waits[-1]:.1f} ms")


def test_smartcard_is_not_activated(chip, reader):
    """A bank card or phone only gives its UID; the chip is told not to go on to ISO/IEC 14443-4."""
    chip.place(SEVEN, sak=0x20, ats="0578807102")
    reader.placed(SEVEN)
    assert chip.chip.parameters & 0x10 == 0


def test_searches_are_bounded(chip, reader):
    wait_for_searches(chip, 2)
    assert chip.chip.retries == 2


def test_polls_from_start_to_start(chip):
    """The chip's own time does not add to the interval: a slow chip is not polled less often."""
    chip.empty_delay = 0.03
    with Reader(chip.connstring, "--poll-ms", "50") as reader:
        reader.ready()
        wait_for_searches(chip, 20)
        times = searches(chip)
        gaps = sorted(after - before for before, after in zip(times, times[1:]))
        assert gaps[0] > 30_000_000
        print(f"poll to poll: median {gaps[len(gaps) // 2] / 1e6:.1f} ms")


def test_heartbeat(chip, reader):
    assert [reader.line(alive=True) for _ in range(2)] == ["alive", "alive"]


def test_heartbeat_goes_on_with_a_tag(chip, reader):
    chip.place(FOUR)
    reader.placed(FOUR)
    assert reader.line(alive=True) == "alive"


@pytest.mark.parametrize("every", [2, 3, 5])
def test_flicker_is_no_removal(chip, reader, every):
    chip.place(SEVEN)
    reader.placed(SEVEN)
    chip.flicker(every)
    wait_for_searches(chip, 60)
    reader.nothing_so_far()
    chip.flicker(0)
    chip.remove()
    assert reader.line() == f"removed {SEVEN}"


@pytest.mark.parametrize("wakes_halted", [True, False])
def test_still_there_whatever_the_chip_sends(wakes_halted):
    """With polls that wake halted tags (WUPA) and with polls that do not (REQA)."""
    with PN532(wakes_halted=wakes_halted) as chip, Reader(chip.connstring) as reader:
        reader.ready()
        chip.place(SEVEN)
        reader.placed(SEVEN)
        wait_for_searches(chip, 40)
        reader.nothing_so_far()


def test_halted_tag_is_revived(chip):
    """A tag left halted, by a disturbed answer for example, comes back when the field is cycled."""
    with PN532(wakes_halted=False) as chip, Reader(chip.connstring) as reader:
        reader.ready()
        chip.place(SEVEN)
        reader.placed(SEVEN)
        chip.chip.tags[0].state = "halt"
        wait_for_searches(chip, 30)
        reader.nothing_so_far()
        assert chip.chip.tags[0].state != "halt"


@pytest.mark.parametrize("interval", ["50", "300"])
def test_two_tags_the_first_one_stays(chip, interval):
    with Reader(chip.connstring, "--poll-ms", interval) as reader:
        reader.ready()
        chip.place(LOSER)
        reader.placed(LOSER)
        chip.place(WINNER)
        wait_for_searches(chip, 15)
        reader.nothing_so_far()
        # Asked for by name: else the two would take turns, and slow polls would take that for a swap.
        assert any(command.data[2:] == bytes.fromhex(LOSER) for command in chip.commands[-2:])
        chip.remove(LOSER)
        assert reader.line() == f"removed {LOSER}"
        reader.placed(WINNER)


def test_swap_acts_without_the_hysteresis(chip):
    """The next figure plays at once, not after the removal of the last one was waited for."""
    with Reader(chip.connstring, "--removal-ms", "10000") as reader:
        reader.ready()
        chip.place(FOUR)
        reader.placed(FOUR)
        chip.remove()
        chip.place(SEVEN)
        assert reader.line() == f"removed {FOUR}"
        reader.placed(SEVEN)


# The end


def test_ends_with_its_input(chip, reader):
    chip.place(FOUR)
    reader.placed(FOUR)
    reader.process.stdin.close()
    assert reader.end() == 0
    assert reader.line() is None
    # It left the chip asleep, with the field off.
    assert [command.name for command in chip.commands][-3:] == ["InRelease", "RFConfiguration", "PowerDown"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_a_signal(chip, reader, number):
    reader.process.send_signal(number)
    assert reader.end() == 0


def test_ends_inside_a_silent_call(chip, reader):
    chip.hang()
    heard = chip.received
    wait_until(lambda: chip.received > heard, "the reader does not poll")
    before = time.monotonic()
    reader.process.stdin.close()
    reader.end()
    print(f"ended within {(time.monotonic() - before) * 1000:.0f} ms")


def test_ends_while_it_opens(chip):
    chip.hang()
    with Reader(chip.connstring) as reader:
        wait_until(lambda: chip.received > 0, "nobody opens the port")
        reader.process.stdin.close()
        reader.end()


def test_ends_when_nobody_listens(chip):
    """Standard output closed: at the next line there is nobody left to be a reader for."""
    process = subprocess.Popen(
        [binary(), "--device", chip.connstring],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout.readline().startswith(b"ready ")
        process.stdout.close()
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdin.close()


# Faults


def test_hung_chip_is_lost(chip, reader):
    chip.place(FOUR)
    reader.placed(FOUR)
    chip.hang()
    assert (reader.line() or "").startswith("error lost ")
    assert reader.line() is None, "a tag must not count as removed because the chip hangs"
    assert reader.end() == LOST


def test_unplugged_and_plugged_in_again(chip, reader):
    chip.place(FOUR)
    reader.placed(FOUR)
    chip.close()
    assert (reader.line() or "").startswith("error lost ")
    assert reader.line() is None
    assert reader.end() == LOST
    with Reader(chip.connstring) as gone:
        assert (gone.line() or "").startswith("error missing ")
        assert gone.end() == MISSING
    chip.reopen()
    with Reader(chip.connstring) as back:
        back.ready().placed(FOUR)


def test_unplugged_while_idle(chip, reader):
    wait_for_searches(chip, 3)
    chip.close()
    assert (reader.line() or "").startswith("error lost ")
    assert reader.end() == LOST


@pytest.mark.parametrize(
    "noise",
    [b"\x00", b"\xff" * 64, b"\x00\x00\xff\x00\xff\x00", bytes(range(256)) * 4],
    ids=["zero", "ones", "acknowledgement", "flood"],
)
def test_noise_on_the_line(chip, reader, noise):
    """Garbled answers are neither a removal nor the end, unless they do not stop."""
    chip.place(FOUR)
    reader.placed(FOUR)
    for _ in range(6):
        chip.garbage(noise)
        wait_for_searches(chip, 6)
    reader.nothing_so_far()
    chip.remove()
    assert reader.line() == f"removed {FOUR}"


def test_refused_commands(chip, reader):
    chip.place(FOUR)
    reader.placed(FOUR)
    for _ in range(5):
        chip.nak(2)
        wait_for_searches(chip, 5)
    reader.nothing_so_far()


def test_killed_process_frees_the_port(chip, reader):
    wait_for_searches(chip, 1)
    reader.process.kill()
    reader.process.wait()
    with Reader(chip.connstring) as next_reader:
        next_reader.ready()


def test_stale_claim(chip):
    """A mark that a killed process left on the port, for which libnfc itself would refuse it for ever."""
    chip.claim()
    assert chip.claimed()
    with Reader(chip.connstring) as reader:
        reader.ready()


def test_port_in_use(chip, reader):
    with Reader(chip.connstring) as second:
        line = second.line() or ""
        assert line.startswith("error missing ") and "in use" in line
        assert second.end() == MISSING
    wait_for_searches(chip, 5)
    reader.nothing_so_far()


@pytest.mark.parametrize(
    ("device", "hint"),
    [
        ("pn532_uart:/nonexistent/tty", "does not exist"),
        ("pn532_i2c:/nonexistent/i2c-9", "does not exist"),
        ("pn532_uart:/dev/null", "not a serial port"),
        ("nonsense", "no reader answers at nonsense"),
    ],
)
def test_missing_reader_is_named(device, hint):
    with Reader(device) as reader:
        line = reader.line() or ""
        assert line.startswith("error missing ") and hint in line
        assert reader.end() == MISSING


def test_silent_port_is_no_reader(chip):
    chip.hang()
    with Reader(chip.connstring) as reader:
        assert (reader.line() or "").startswith("error missing ")
        assert reader.end() == MISSING


def test_search_without_a_device(chip):
    with Reader(None, env={"LIBNFC_DEVICE": chip.connstring}) as reader:
        reader.ready()


def test_search_that_finds_nothing():
    with Reader(None, env={"LIBNFC_AUTO_SCAN": "false"}) as reader:
        assert (reader.line() or "").startswith("error missing no reader found")
        assert reader.end() == MISSING


@pytest.mark.parametrize(
    "arguments", [["--poll-ms"], ["--poll-ms", "0"], ["--poll-ms", "x"], ["--removal-ms", "99999"], ["--what", "1"]]
)
def test_bad_options(arguments):
    result = subprocess.run([binary(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == USAGE
    assert result.stdout == "" and "usage:" in result.stderr


# Weight


def test_weighs_little(chip, reader):
    for _ in range(3):
        chip.place(SEVEN)
        reader.placed(SEVEN)
        chip.remove()
        reader.line()
    fields = {}
    for line in pathlib.Path(f"/proc/{reader.process.pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    print(f"anonymous memory: {fields['Anonymous']} kB, resident: {fields['Rss']} kB")
    assert fields["Anonymous"] <= 4096


def test_costs_little_time(chip):
    chip.place(SEVEN)
    with Reader(chip.connstring, "--poll-ms", "10") as reader:
        reader.ready().placed(SEVEN)
        schedule = pathlib.Path(f"/proc/{reader.process.pid}/schedstat")
        before, polls = int(schedule.read_text().split()[0]), len(searches(chip))
        wait_for_searches(chip, 100)
        spent = int(schedule.read_text().split()[0]) - before
        each = spent / (len(searches(chip)) - polls) / 1000
    print(f"one poll: {each:.0f} microseconds of processor")
    assert each < 5000


@pytest.mark.skipif(shutil.which("nfc-list") is None, reason="nfc-list (libnfc-bin) is not installed")
def test_emulator_convinces_nfc_list():
    with PN532(wakes_halted=False) as chip:
        chip.place(FOUR)
        chip.place(SEVEN)
        result = subprocess.run(
            ["nfc-list"],
            env={**os.environ, "LIBNFC_DEVICE": chip.connstring},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert "2 ISO14443A passive target(s) found" in result.stdout
    assert "04  a1  b2  c3  d4  e5  f6" in result.stdout
