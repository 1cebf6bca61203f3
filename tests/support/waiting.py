"""Waiting for a condition, with a bound. Nothing in the tests sleeps for a time and hopes."""

import time
from typing import Callable, Optional, TypeVar

T = TypeVar("T")

# Generous: the machine that runs the tests may be busy with many other things.
BOUND_S = 90.0
PACE_S, PACE_S_MAX = 0.02, 1.0


class TimedOut(AssertionError):
    pass


def wait_for(condition: Callable[[], T], what: str, bound_s: float = BOUND_S,
             detail: Optional[Callable[[], str]] = None) -> T:
    """The first true answer of `condition`; TimedOut, naming `what`, where none comes within the bound. What takes long to ask, as
    lictorctl does to start, is asked for a third of the time: the processor is for what is waited for, and for other tests."""
    deadline = time.monotonic() + bound_s
    while True:
        began = time.monotonic()
        answer = condition()
        if answer:
            return answer
        ended = time.monotonic()
        if ended > deadline:
            raise TimedOut(f"{what}: not within {bound_s:.0f} s" + (f"\n{detail()}" if detail else ""))
        time.sleep(min(max(PACE_S, 2 * (ended - began)), PACE_S_MAX))
