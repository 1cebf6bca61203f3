"""Runs unittest's tests in several processes at a time and hands over what became of each, whole, as it ends. For run.py alone,
whose process runs no test itself."""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from multiprocessing.connection import Connection, wait
from typing import Iterator, NamedTuple

from support import junit
from support.isolation import end_with_parent, take_own_network

QUIET_S = 60.0  # when nothing has ended for so long, it is said what is running


class Done(NamedTuple):
    """A test that has ended: what became of it, and what it and its programs printed."""
    case: junit.Case
    printed: str


class Running(NamedTuple):
    """Nothing has ended for QUIET_S; these are under way, by their ids."""
    tests: list[str]


class Ended(BaseException):
    """No Exception: no test may take it for a failure of its own and go on."""


def units_of(tests: list[unittest.TestCase]) -> list[list[unittest.TestCase]]:
    """What one worker runs in one go: a test, or all of a class that prepares something for its tests together."""
    units: list[list[unittest.TestCase]] = []
    for test in tests:
        prepares = type(test).setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__
        if prepares and units and type(units[-1][0]) is type(test):
            units[-1].append(test)
        else:
            units.append([test])
    return units


class Workers:
    """At most `count` processes; each has a network of its own if `apart`."""

    def __init__(self, count: int, apart: bool):
        self.count, self.apart = count, apart
        self.stopping = False
        self._workers: list[_Worker] = []

    def run(self, tests: list[unittest.TestCase]) -> Iterator[Done | Running]:
        units = units_of(tests)
        waiting = list(reversed(range(len(units))))
        self._workers = [_Worker(units, self.apart) for _ in range(min(self.count, len(units)))]
        try:
            while True:
                for at, worker in enumerate(self._workers):
                    if not worker.has_work and waiting and not self.stopping:
                        if worker.broken:
                            self._workers[at] = worker = _Worker(units, self.apart)
                        worker.give(waiting.pop())
                busy = [worker for worker in self._workers if worker.has_work]
                if not busy:
                    return
                ready = wait([worker.pipe for worker in busy], QUIET_S)
                if not ready:
                    yield Running([worker.missing[0].id() for worker in busy])
                for worker in busy:
                    if worker.pipe in ready:
                        yield from worker.take()
        finally:
            for worker in self._workers:
                worker.end()

    def stop(self) -> None:
        """For a signal's handler: running tests fail and clean up after themselves, and no other begins."""
        self.stopping = True
        for worker in self._workers:
            worker.process.terminate()


class _Worker:
    """The runner's end of a worker."""

    def __init__(self, units: list[list[unittest.TestCase]], apart: bool):
        self.units = units
        self.missing: list[unittest.TestCase] = []  # of the unit that it runs, what has not ended
        self.has_work = self.broken = False
        self.pipe, far = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_serve, args=(units, far, apart))
        self.process.start()
        far.close()

    def give(self, number: int) -> None:
        self.missing, self.has_work = list(self.units[number]), True
        self.pipe.send(number)

    def take(self) -> Iterator[Done]:
        try:
            message = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            self.broken = True
            message = f"the process that ran it ended with {self.process.exitcode}"
        if isinstance(message, Done):
            self.missing = [test for test in self.missing if test.id() != message.case.id]
            yield message
            return
        # The unit is over. Whatever of it never began has not passed.
        for test in self.missing:
            yield Done(junit.Case.of(test, 0.0, "failed", message or "it never began"), "")
        self.missing, self.has_work = [], False

    def end(self) -> None:
        """It has no work, or is ending by a signal."""
        try:
            self.pipe.send(None)
        except OSError:
            pass  # it is gone
        self.process.join()
        self.pipe.close()


def _serve(units: list[list[unittest.TestCase]], pipe: Connection, apart: bool) -> None:
    """The worker: takes numbers of units, answers with a Done a test and a None a unit."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal's whole group: the runner passes it on
    if apart:
        take_own_network()
    with tempfile.TemporaryFile("w+b", buffering=0) as printed:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(printed.fileno(), stream.fileno())
        is_over = threading.Event()
        collectors = []

        def end_early(*_) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # nothing interrupts the running test as it cleans up
            is_over.set()
            if collectors:
                collectors[-1].end_early()

        signal.signal(signal.SIGTERM, end_early)
        for number in iter(pipe.recv, None):
            collectors.append(_Collector(pipe, printed))  # a new one: unittest leaves in it which class it has to take down
            if not is_over.is_set():
                unittest.TestSuite(units[number]).run(collectors[-1])
            collectors.pop().unit_is_over(units[number])
            pipe.send(None)


class _Collector(unittest.TestResult):
    """Tells of each test when it has ended."""

    def __init__(self, pipe: Connection, printed):
        super().__init__()
        self._pipe, self._printed = pipe, printed
        self._test = None
        self._began = 0.0
        self._outcome, self._detail = "passed", ""
        self._told: set[str] = set()

    def end_early(self) -> None:
        self.stop()
        if self._test is not None:
            raise Ended("by a signal")

    def startTest(self, test):  # noqa: N802 (unittest's name)
        super().startTest(test)
        self._test, self._began = test, time.monotonic()

    def stopTest(self, test):  # noqa: N802
        self._test = None
        super().stopTest(test)
        self._tell(test, time.monotonic() - self._began, *self._forget())

    def unit_is_over(self, tests: list[unittest.TestCase]) -> None:
        """What became of a class as a whole is told of those of its tests that never began, or of its last once more."""
        if self._outcome != "passed":
            for test in [test for test in tests if test.id() not in self._told] or tests[-1:]:
                self._tell(test, 0.0, self._outcome, self._detail)
            self._forget()

    def _forget(self) -> tuple[str, str]:
        noted = self._outcome, self._detail
        self._outcome, self._detail = "passed", ""
        return noted

    def _tell(self, test, elapsed_s: float, outcome: str, detail: str) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._printed.seek(0)
        octets = self._printed.read()
        self._printed.seek(0)
        self._printed.truncate()
        self._told.add(test.id())
        self._pipe.send(Done(junit.Case.of(test, elapsed_s, outcome, detail), octets.decode(errors="replace")))

    def _note(self, outcome: str, detail: str):
        if self._outcome != "failed":
            self._outcome, self._detail = outcome, detail
        elif outcome == "failed":
            self._detail += f"\n{detail}"

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
