"""Measures the promises of the design on this machine and prints them as one table: `make bench`.

Figures, not tests: nothing here fails by a clock. `python Tests/Benchmarks tap cost` runs some of them only.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "System"))

import card  # noqa: E402
import cost  # noqa: E402
import decode  # noqa: E402
import formats  # noqa: E402
import phones  # noqa: E402
import positions  # noqa: E402
import rest  # noqa: E402
import rooms  # noqa: E402
import scan  # noqa: E402
import sockets  # noqa: E402
import start  # noqa: E402
import tap  # noqa: E402
from table import Row, show  # noqa: E402

BENCHMARKS = {
    "tap": tap.run,
    "position": positions.run,
    "cost": cost.run,
    "formats": formats.run,
    "phones": phones.run,
    "sockets": sockets.run,
    "rest": rest.run,
    "rooms": rooms.run,
    "start": start.run,
    "decode": decode.run,
    "scan": scan.run,
    "card": card.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 64
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        begin = time.monotonic()
        print(f"== {name}", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name]()
        print(f"   {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
