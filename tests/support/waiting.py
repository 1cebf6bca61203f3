"""Waiting for a condition, with a bound. Nothing in the tests sleeps for a time and hopes."""

import time
from typing import Callable, Optional, TypeVar

T = TypeVar("T")

# Generous: the machine that runs the tests may be busy with many other things.
BOUND_S = 90.0
PACE_S = 0.02


class TimedOut(AssertionError):
    pass


def wait_for(condition: Callable[[], T], what: str, bound_s: float = BOUND_S,
             detail: Optional[Callable[[], str]] = None) -> T:
    """The first true answer of `condition`; TimedOut, naming `what`, where none comes within the bound."""
    deadline = time.monotonic() + bound_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimedOut(f"{what}: not within {bound_s:.0f} s" + (f"\n{detail()}" if detail else ""))
        time.sleep(PACE_S)
