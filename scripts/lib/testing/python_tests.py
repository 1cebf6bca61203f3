"""Runs a folder of Python tests by tests/e2e/run.py, whose progress is shown as it comes, and takes single outcomes from it."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import tree
from programs import read_outcomes
from results import FAILED, Report, Result

PYTHON = "/usr/bin/python3"
RUNNER = tree.ROOT / "tests/e2e/run.py"
KEPT_LINES = 60
LEFT = "left for --all: "  # what run.py says at the end of a run that is not of everything: the test, and how many of what


def captures_folder() -> Path:
    """Where the public captures are, if they are."""
    return Path(os.environ.get("LICTOR_CAPTURES", tree.ROOT / ".." / "shared" / "captures")).resolve()


def run_python_tests(report: Report, suite: str, folder: Path, build: Path, everything: bool) -> None:
    started = time.monotonic()
    environment = {**os.environ, "LICTOR_CAPTURES": str(captures_folder())}
    with tempfile.TemporaryDirectory(prefix="lictor-test-") as scratch:
        outcome_file = Path(scratch) / "outcomes.xml"
        command = [PYTHON, "-B", "-u", str(RUNNER), "--folder", str(folder), "--build", str(build), "--junit", str(outcome_file)]
        last = []
        with subprocess.Popen(command + (["--all"] if everything else []), env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            for line in process.stdout:
                print(f"        {line}", end="", flush=True)
                last = (last + [line])[-KEPT_LINES:]
                report.left += [f"{suite}: {line.removeprefix(LEFT).strip()}"] if line.startswith(LEFT) else []
        results = read_outcomes(suite, folder.name, outcome_file) if outcome_file.exists() else []
    if process.returncode != 0 and not any(result.outcome == FAILED for result in results):
        results.append(Result(suite, f"{folder.name} (status {process.returncode})", FAILED, "".join(last)))
    report.add(results, f"{suite}: {folder.name}", time.monotonic() - started, shown_already=True)
