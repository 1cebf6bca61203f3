"""Runs test executables, two at a time, and reads single outcomes from GoogleTest's XML."""

import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds import Program
from results import FAILED, PASSED, SKIPPED, Report, Result
from telling import has_sanitizer_error

# Not a limit that a test may lean on: this only keeps a hung test from holding everything up.
TIMEOUT_SECONDS = 900

SANITISER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:check_initialization_order=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-14",
}


def run_programs(report: Report, suite: str, programs: list[Program], workers: int = 2) -> None:
    def run(program: Program) -> None:
        started = time.monotonic()
        results = _run_program(suite, program)
        report.add(results, f"{suite}: {program.source_folder.removeprefix('tests/')}/{program.name}", time.monotonic() - started)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, programs))


def _run_program(suite: str, program: Program) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="lictor-test-") as folder:
        outcome_file = Path(folder) / "outcome.xml"
        environment = {**os.environ, **SANITISER_OPTIONS, "GTEST_OUTPUT": f"xml:{outcome_file}", "TMPDIR": folder}
        try:
            done = subprocess.run(program.command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=TIMEOUT_SECONDS, check=False)
            output, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired as expired:
            output, status = (expired.stdout or b"").decode(errors="replace") + "\nstopped: no end in sight", -1
        results = read_outcomes(suite, program.name, outcome_file) if outcome_file.exists() else []
        if status != 0 and (has_sanitizer_error(output) or not any(result.outcome == FAILED for result in results)):
            results.append(Result(suite, f"{program.name} (status {status})", FAILED, output))
        return results or [Result(suite, program.name, PASSED)]


def read_outcomes(suite: str, program: str, outcome_file: Path) -> list[Result]:
    """From XML as GoogleTest and tests/e2e/run.py write it."""
    results = []
    for case in xml.parse(outcome_file).getroot().iter("testcase"):
        name = f"{program} {case.get('classname')}.{case.get('name')}"
        failures, skip = case.findall("failure"), case.find("skipped")
        if failures:
            results.append(Result(suite, name, FAILED, "\n".join(failure.text or "" for failure in failures)))
        elif skip is not None or case.get("status") == "notrun":
            reason = skip.get("message") if skip is not None else "disabled"
            results.append(Result(suite, name, SKIPPED, _reason_of(reason or "")))
        else:
            results.append(Result(suite, name, PASSED))
    return results


def _reason_of(message: str) -> str:
    """GoogleTest puts the place in the first line and what the test said behind it."""
    lines = [line for line in message.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
