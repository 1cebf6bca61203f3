"""Outcomes of single tests, shown as they come and counted at the end."""

import sys
import threading
import time
from typing import NamedTuple

from telling import telling_lines

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
DETAIL_LINES_MAX = 60
# Of what is said again at the end.
AGAIN_LINES_MAX = 12
LINE_MAX = 400


class Result(NamedTuple):
    suite: str
    name: str
    outcome: str
    detail: str = ""  # of a failure what was printed, of a skip the reason


class Report:
    """All results of a run. Any thread."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.left: list[str] = []  # what this run has not looked at and --all does
        self.started = time.monotonic()
        self.lock = threading.Lock()

    def say(self, text: str) -> None:
        elapsed = int(time.monotonic() - self.started)
        with self.lock:
            print(f"[{elapsed // 60:2}:{elapsed % 60:02}] {text}", flush=True)

    def add(self, results: list[Result], what: str, seconds: float, shown_already: bool = False) -> None:
        """One line for a program or a folder of tests, more for what failed in it unless that was shown as it happened."""
        with self.lock:
            self.results += results
        counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in (PASSED, FAILED, SKIPPED)}
        shown = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no tests"
        self.say(f"{'FAILED' if counts[FAILED] else 'ok':6}  {what}: {shown} ({seconds:.1f} s)")
        for result in results:
            if result.outcome == FAILED and not shown_already:
                print(f"        {result.suite}: {result.name}",
                      *("          " + line for line in telling_lines(result.detail, DETAIL_LINES_MAX)), sep="\n", flush=True)

    def count(self, outcome: str) -> int:
        return sum(result.outcome == outcome for result in self.results)

    def finish(self) -> int:
        """Prints the end of the run; answers the exit status."""
        if self.left:
            print("\nleft for --all:", *self.left, sep="\n  ")
        for outcome, title in ((SKIPPED, "skipped, and why:"), (FAILED, "failed:")):
            named = [result for result in self.results if result.outcome == outcome]
            if named:
                print(f"\n{title}")
                for result in named:
                    reason = f": {result.detail.strip().splitlines()[0]}" if outcome == SKIPPED and result.detail.strip() else ""
                    print(f"  {result.suite}: {result.name}{reason}")
                    if outcome == FAILED:
                        # Said again, in brief: whoever sees the end of a log alone learns why.
                        print(*("      " + line[:LINE_MAX] for line in telling_lines(result.detail, AGAIN_LINES_MAX)), sep="\n")
        print(f"\n{self.count(PASSED)} passed, {self.count(FAILED)} failed, {self.count(SKIPPED)} skipped", flush=True)
        sys.stdout.flush()
        return 1 if self.count(FAILED) or not self.count(PASSED) else 0
