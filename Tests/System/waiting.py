"""Bounded waits. No test guesses how long a thing takes: it polls for the thing and gives up after a deadline that only
a broken box reaches, so a slow machine makes a run slower and never red."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 30.0


class Deadline(AssertionError):
    """What was waited for did not come."""


def until(probe: Callable[[], T], what: str | Callable[[], str], deadline: float = DEADLINE, every: float = 0.01) -> T:
    """Returns the first truthy answer of `probe`; `what` names it in the failure. The last look begins after the deadline:
    a test that got no processor meanwhile still sees what came."""
    end = time.monotonic() + deadline
    while True:
        is_last = time.monotonic() > end
        answer = probe()
        if answer:
            return answer
        if is_last:
            raise Deadline(f"not within {deadline:.0f} s: {what() if callable(what) else what}")
        time.sleep(every)
