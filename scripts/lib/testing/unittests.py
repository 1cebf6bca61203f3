"""Runs Python tests file by file, each in a process of its own, and collects single outcomes.

Also the inner half: `unittests.py FILE OUTCOMES` runs one file and writes [[name, outcome, detail], …] as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TIMEOUT_SECONDS = 3600
PYTHON = "/usr/bin/python3"


class Outcomes(unittest.TextTestResult):
    """Remembers what became of each test by its name."""

    def __init__(self, stream, descriptions, verbosity):
        super().__init__(stream, descriptions, verbosity)
        self.outcomes: dict[str, tuple[str, str]] = {}

    def _note(self, test, outcome: str, detail: str = "") -> None:
        self.outcomes[test.id()] = (outcome, detail)

    def addSuccess(self, test):
        super().addSuccess(test)
        if self.outcomes.get(test.id(), ("",))[0] not in ("failed", "skipped"):
            self._note(test, "passed")

    def addError(self, test, err):
        super().addError(test, err)
        self._note(test, "failed", self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, "failed", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._note(test, "failed", "a failure that is expected proves nothing")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._note(test, "passed")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            earlier = self.outcomes.get(test.id(), ("", ""))[1]
            self._note(test, "failed", f"{earlier}{subtest}\n{self._exc_info_to_string(err, test)}")


def run_file(path: Path, outcome_file: Path) -> int:
    sys.path.insert(0, str(path.parent))
    sys.path.insert(0, str(path.parents[1]))  # tests/, whose packages the tests name
    suite = unittest.defaultTestLoader.loadTestsFromName(path.stem)
    outcome = unittest.TextTestRunner(resultclass=Outcomes, verbosity=2).run(suite)
    outcome_file.write_text(json.dumps([[name, *rest] for name, rest in outcome.outcomes.items()]))
    return 0 if outcome.wasSuccessful() else 1


def run_files(report, suite: str, files: list[Path], environment: dict[str, str]) -> None:
    from results import FAILED, Result
    for path in files:
        started = time.monotonic()
        report.say(f"{suite}: {path.name} …")
        with tempfile.TemporaryDirectory(prefix="lictor-test-") as folder:
            outcome_file = Path(folder) / "outcomes.json"
            try:
                done = subprocess.run([PYTHON, "-B", __file__, str(path), str(outcome_file)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                      env={**os.environ, **environment}, timeout=TIMEOUT_SECONDS, check=False)
                output, status = done.stdout, done.returncode
            except subprocess.TimeoutExpired as expired:
                output, status = (expired.stdout or b"").decode(errors="replace"), -1
            outcomes = json.loads(outcome_file.read_text()) if outcome_file.exists() else []
        results = [Result(suite, name, outcome, detail) for name, outcome, detail in outcomes]
        if status != 0 and not any(result.outcome == FAILED for result in results):
            results.append(Result(suite, f"{path.name} (status {status})", FAILED, output))
        report.add(results, f"{suite}: {path.name}", time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(run_file(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
