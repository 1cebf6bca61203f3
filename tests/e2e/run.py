#!/usr/bin/python3
"""Runs the end-to-end tests, several at a time, and says what it is doing.

    tests/e2e/run.py [--folder DIR] [--build DIR] [-k PATTERN]… [--all] [--workers N] [--junit FILE] [--list]

--folder    where the tests are (default: here)
--build     where the programs are (default: build/ of the tree)
-k          only tests whose file, class or name contains PATTERN; several add up
--all       the long ones too: every public capture, millions of packets. Without it the end says what was left
--workers   so many tests at a time (default: two a core, four at most; one with -k, beside whatever else is being worked on, and
            where no network namespaces can be made)
--junit     where the results go as JUnit XML (default: DIR/e2e.junit.xml)

Tests that are marked as `alone` follow when all others have ended. Exit status 0 where nothing failed. Skipped tests are named
with their reason and counted.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True

from support import junit  # noqa: E402
from support.environment import LEFT  # noqa: E402
from support.isolation import take_own_network  # noqa: E402
from support.workers import Done, Workers  # noqa: E402

WORKERS_MAX = 4


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs the end-to-end tests.")
    parser.add_argument("--folder", type=Path, default=HERE)
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build")
    parser.add_argument("-k", dest="patterns", action="append", default=[])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--junit", type=Path)
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def tests_in(suite: unittest.TestSuite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def selected(folder: Path, patterns: list[str]) -> list[unittest.TestCase]:
    found = unittest.TestLoader().discover(str(folder), pattern="test_*.py", top_level_dir=str(folder))
    return [test for test in tests_in(found) if not patterns or any(pattern in test.id() for pattern in patterns)]


def reason_alone(test: unittest.TestCase) -> str:
    """Why no other test may run beside; empty where any may."""
    method = getattr(test, test.id().rpartition(".")[2], None)
    return getattr(method, "alone", "") or getattr(type(test), "alone", "")


def promise(identity: str) -> str:
    group, _, name = identity.rpartition(".")
    return f"{group.rpartition('.')[2]}: {name.removeprefix('test_').replace('_', ' ')}"


def can_be_apart() -> bool:
    """Whether a process gets a network of its own here; tried by one that ends at once."""
    def attempt() -> None:
        try:
            take_own_network()
        except OSError:
            os._exit(1)

    child = multiprocessing.get_context("fork").Process(target=attempt)
    child.start()
    child.join()
    return child.exitcode == 0


class Shown:
    """The results so far. What belongs to a test is printed together, when it has ended."""

    def __init__(self, total: int):
        self.total = total
        self.cases: list[junit.Case] = []
        self.left: list[str] = []

    def add(self, done: Done) -> None:
        case = done.case
        self.cases.append(case)
        self.left += [f"{promise(case.id)}: {line.partition(LEFT)[2]}" for line in done.printed.splitlines() if line.strip().startswith(LEFT)]
        reason = f": {case.detail}" if case.outcome == "skipped" else ""
        lines = [f"[{len(self.cases)}/{self.total}] {promise(case.id)}", done.printed.rstrip("\n"),
                 case.detail.rstrip("\n") if case.outcome == "failed" else "", f"        {case.outcome} after {case.elapsed_s:.1f} s{reason}"]
        print("\n".join(line for line in lines if line), flush=True)

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)


def run(tests: list[unittest.TestCase], count: int, apart: bool, shown: Shown) -> None:
    """Those that may run together, then each of the others."""
    together = [test for test in tests if not reason_alone(test)]
    parts = [(count, together), (1, [test for test in tests if reason_alone(test)])]
    pools = [(Workers(workers, apart), part) for workers, part in parts if part]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: [pool.stop() for pool, _ in pools])
    for pool, part in pools:
        for event in pool.run(part):
            if isinstance(event, Done):
                shown.add(event)
            else:
                print("still running: " + "; ".join(map(promise, event.tests)), flush=True)


def main() -> int:
    options = arguments()
    os.environ["LICTOR_BUILD"] = str(options.build.resolve())
    os.environ["LICTOR_E2E_ALL"] = "1" if options.all else "0"
    tests = selected(options.folder, options.patterns)
    if options.list:
        print("\n".join(promise(test.id()) + (f" (alone: {reason_alone(test)})" if reason_alone(test) else "") for test in tests))
        return 0
    began = time.monotonic()
    apart = can_be_apart()
    count = options.workers or (min(2 * (os.cpu_count() or 1), WORKERS_MAX) if apart and not options.patterns else 1)
    print(f"{len(tests)} tests, {count} at a time" + ("" if apart else ": no network namespaces can be made"), flush=True)
    shown = Shown(len(tests))
    run(tests, count, apart, shown)
    junit.write(options.junit or options.build / "e2e.junit.xml", options.folder.name, shown.cases)
    for line in sorted(shown.left):
        print(LEFT + line)
    print(f"{options.folder.name}: {shown.count('passed')} passed, {shown.count('failed')} failed, {shown.count('skipped')} skipped "
          f"in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if shown.count("failed") or len(shown.cases) < len(tests) or not shown.cases else 0


if __name__ == "__main__":
    sys.exit(main())
