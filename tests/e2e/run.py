#!/usr/bin/python3
"""Runs the end-to-end tests, one after the other, and says what it is doing.

    tests/e2e/run.py [--folder DIR] [--build DIR] [-k PATTERN]… [--all] [--junit FILE] [--list]

--folder    where the tests are (default: here)
--build     where the programs are (default: build/ of the tree)
-k          only tests whose file, class or name contains PATTERN; several add up
--all       the long ones too: every public capture, millions of packets
--junit     where the results go as JUnit XML (default: DIR/e2e.junit.xml)

Exit status 0 where nothing failed. Skipped tests are named with their reason and counted.
"""

import argparse
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


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs the end-to-end tests.")
    parser.add_argument("--folder", type=Path, default=HERE)
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build")
    parser.add_argument("-k", dest="patterns", action="append", default=[])
    parser.add_argument("--all", action="store_true")
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


class Progress(unittest.TestResult):
    """A line when a test starts and what became of it when it ends."""

    def __init__(self, total: int):
        super().__init__()
        self.total = total
        self.cases: list[junit.Case] = []
        self._began = 0.0
        self._outcome, self._detail = "passed", ""

    def startTest(self, test):  # noqa: N802 (unittest's name)
        super().startTest(test)
        self._began = time.monotonic()
        self._outcome, self._detail = "passed", ""
        print(f"[{len(self.cases) + 1}/{self.total}] {promise(test)}", flush=True)

    def stopTest(self, test):  # noqa: N802
        super().stopTest(test)
        elapsed = time.monotonic() - self._began
        group, _, name = test.id().rpartition(".")
        self.cases.append(junit.Case(group, name, elapsed, self._outcome, self._detail))
        reason = f": {self._detail}" if self._outcome == "skipped" else ""
        print(f"        {self._outcome} after {elapsed:.1f} s{reason}", flush=True)

    def _note(self, outcome: str, detail: str):
        self._outcome, self._detail = outcome, detail
        if outcome == "failed":
            print(detail, flush=True)

    def addFailure(self, test, err):  # noqa: N802
        super().addFailure(test, err)
        self._note("failed", self.failures[-1][1])

    def addError(self, test, err):  # noqa: N802
        super().addError(test, err)
        self._note("failed", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note("failed", f"{subtest.id()}\n{self._exc_info_to_string(err, subtest)}")

    def addSkip(self, test, reason):  # noqa: N802
        super().addSkip(test, reason)
        self._note("skipped", reason)


def promise(test: unittest.TestCase) -> str:
    group, _, name = test.id().rpartition(".")
    return f"{group.rpartition('.')[2]}: {name.removeprefix('test_').replace('_', ' ')}"


class Ended(BaseException):
    """No Exception: no test may take it for a failure of its own and go on."""


def end_early(progress: Progress) -> None:
    """On a signal: the running test fails and cleans up after itself, and no other begins."""
    progress.stop()
    raise Ended("by a signal")


def main() -> int:
    options = arguments()
    os.environ["LICTOR_BUILD"] = str(options.build.resolve())
    os.environ["LICTOR_E2E_ALL"] = "1" if options.all else "0"
    tests = selected(options.folder, options.patterns)
    if options.list:
        print("\n".join(promise(test) for test in tests))
        return 0
    began = time.monotonic()
    progress = Progress(len(tests))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end_early(progress))
    unittest.TestSuite(tests).run(progress)
    counts = {outcome: sum(case.outcome == outcome for case in progress.cases)
              for outcome in ("passed", "failed", "skipped")}
    junit.write(options.junit or options.build / "e2e.junit.xml", options.folder.name, progress.cases)
    print(f"{options.folder.name}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped "
          f"in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if counts["failed"] or not progress.cases else 0


if __name__ == "__main__":
    sys.exit(main())
