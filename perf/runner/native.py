"""Figures that lictor-perf measures by itself, in windows inside of one process."""

import json
import subprocess
import tempfile
from pathlib import Path

from runner.machine import go_first


class Failed(Exception):
    """A measurement did not come to an end."""


def perf_command(build: Path, huge: bool) -> list[str]:
    return [str(build / "perf/lictor-perf"), *([] if huge else ["--no-huge"])]


def measure(build: Path, huge: bool, key: str, rounds: int) -> dict:
    """The figure; Failed with what lictor-perf said where it could not or must not be counted."""
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        report = Path(folder) / "figure.json"
        done = subprocess.run([*perf_command(build, huge), "measure", key, "--rounds", str(rounds), "--json", str(report)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=300,
                              preexec_fn=go_first)
        if done.returncode:
            raise Failed(done.stderr.strip() or f"status {done.returncode}")
        return json.loads(report.read_text(encoding="utf-8"))[key]
