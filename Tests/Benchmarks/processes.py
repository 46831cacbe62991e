"""What a process costs, as the kernel counts it."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """`cpu`: seconds of user and system time; `switches`: how often it went to sleep by itself."""

    cpu: float
    switches: int

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(self.cpu - earlier.cpu, self.switches - earlier.switches)


def usage(pid: int) -> Usage:
    """Of all threads of `pid`, dead ones' time included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    switches = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    return Usage((int(fields[11]) + int(fields[12])) / TICKS, switches)


@dataclass(frozen=True)
class Memory:
    """In MB: `private` is all that nobody else maps, `dirty` the part of it that the kernel cannot drop."""

    private: float
    dirty: float

    def __str__(self) -> str:
        return f"{self.private:.1f} MB private, {self.dirty:.1f} MB of it dirty"


def memory(pid: int) -> Memory:
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        sizes[name] = int(value.split()[0]) / 1_024
    return Memory(sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Private_Dirty"])
