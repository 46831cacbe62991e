"""The output thread's steady loop allocates nothing, takes no lock and counts no references: counted in the real program
while it plays, and, for what a counter does not see, read from its machine code."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alsa_card import plugin
from box import Box, binary
from pulse import Pulse
from waiting import until

Music = Callable[..., Path]


def test_the_steady_loop_neither_allocates_nor_locks(make_box: Callable[..., Box], card: Pulse, music: Music) -> None:
    counts = card.directory / "counts"
    environment = {
        **card.environment,
        "LD_PRELOAD": str(plugin("counting")),
        "COUNTED_THREAD": "audio-out",
        "COUNTED_FILE": str(counts),
        # ALSA's own lock of each PCM, which it does without for kernel devices and nobody else takes here.
        "LIBASOUND_THREAD_SAFE": "0",
    }
    # ALSA's `null` is the real library without a server behind it, whose own locks would be counted too.
    box = make_box({"audio": {"device": "null"}}, environment).start()
    box.post("/player/volume", {"volume": 37})
    box.post(f"/playlists/{box.playlist('story', [music(26, 6), music(27, 6)])}/start")
    box.wait_player("start", is_playing=True)

    def counted() -> list[int]:
        return [int(number) for number in np.fromfile(counts, "<u8", 4)]

    def heard_until(position_ms: int) -> None:
        until(lambda: box.player["position_ms"] >= position_ms, f"{position_ms} ms of music", every=0.05)

    assert counted()[0] > 0, "the thread was not counted at all: opening a card allocates"
    heard_until(1_000)
    before = counted()
    heard_until(2_500)
    box.post("/player/volume", {"volume": 50})
    heard_until(3_000)
    assert counted() == before, "counts of malloc, free, locks and futexes changed while playing"
    # Nor over a pause, a seek and a joint.
    box.post("/player/pause")
    box.post("/player/play")
    box.post("/player/seek", {"position_ms": 5_000})
    box.wait_player("the joint", track_index=1)
    assert counted() == before, "counts of malloc, free, locks and futexes changed over a pause, a seek and a joint"


# What is done when a device fails or went away may take its time.
LEAVING = ("OutputThreadV6repair", "MixerV13rewindToHeard")
HARMLESS = re.compile(
    r"(snd_pcm_\w+|mem(cpy|move|set)|poll|(ceil|floor|round|rint)f?|clinux_(monotonic_ns|eventfd_\w+)|__stack_chk_fail)(@plt)?$"
)


def calls_within(module: str, program: Path) -> dict[str, set[str]]:
    """Of each function of a Swift module, the functions it calls or jumps to; "*" for one that is known at run time only."""
    listing = subprocess.run(["nm", "--defined-only", program], check=True, capture_output=True, text=True).stdout
    places = [int(place, 16) for place in re.findall(rf"^([0-9a-f]+) [tT] \$s{module}", listing, re.MULTILINE)]
    code = subprocess.run(
        ["objdump", "--disassemble", "--no-show-raw-insn"]
        + [f"--start-address={min(places)}", f"--stop-address={max(places) + 4096}", program],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    calls: dict[str, set[str]] = defaultdict(set)
    function = ""
    for line in code.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            function = start[1]
            calls[function] = set()
        # x86-64: call, jmp and its conditional kin; arm64: b, bl, b.CONDITION.
        elif call := re.search(r"\t(?:call|j[a-z]+|bl?|b\.[a-z]+)\s+(?:0x)?[0-9a-f]+ <([^>+]+)>", line):
            calls[function].add(call[1])
        elif re.search(r"\t(call\s+\*|blr\s)", line):
            calls[function].add("*")
    return calls


def test_nothing_in_reach_of_the_steady_loop_could_wait() -> None:
    """Reference counts and a free Swift Mutex are a few instructions, which no library call shows."""
    program = binary("musicboxd").resolve()
    if "debug" in program.parts:
        pytest.skip("a debug build counts references everywhere")
    calls = calls_within("5Audio", program) | calls_within("7Threads", program)
    (loop,) = (name for name in calls if name.startswith("$s5Audio12OutputThreadV5serve") and "Silently" not in name)
    reached: set[str] = set()
    waiting = [loop]
    while waiting:
        function = waiting.pop()
        if function in reached or any(name in function for name in LEAVING):
            continue
        reached.add(function)
        waiting += [name for name in calls[function] if name in calls and not HARMLESS.match(name)]
    outside = reached | {name for name in calls if any(part in name for part in LEAVING)}
    callees = {name: function for function in reached for name in calls[function] - outside}
    assert {"snd_pcm_writei@plt", "poll@plt"} <= callees.keys(), "the loop was not found"
    assert not {name: function for name, function in callees.items() if not HARMLESS.match(name)}
