"""What every benchmark returns, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Row:
    """`promise` is what DESIGN.md or the comparison asks for, empty where nothing is promised."""

    what: str
    measured: str
    promise: str = ""


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """p50, p99 and the worst of the values, and how many there are."""
    p50, p99 = np.percentile(values, [50, 99])
    return f"p50 {p50:.1f} {unit}, p99 {p99:.1f} {unit}, max {max(values):.1f} {unit} (n={len(values)})"


def show(rows: list[Row]) -> None:
    columns = [("what", "measured", "promise"), *((row.what, row.measured, row.promise) for row in rows)]
    widths = [max(len(row[column]) for row in columns) for column in range(3)]
    for number, row in enumerate(columns):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
