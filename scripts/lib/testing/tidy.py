"""clang-tidy over every product source, with the rules of .clang-tidy."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree
from results import FAILED, PASSED, Report, Result

TIDY = "clang-tidy"
PRODUCT = ("control/", "dataplane/", "encoders/")


def run_tidy(report: Report, build: Path, workers: int = 2) -> None:
    """`build` has compile_commands.json and its generated headers."""
    known = {Path(entry["directory"], entry["file"]).resolve() for entry in
             json.loads((build / "compile_commands.json").read_text())}
    sources = [path for path in tree.ending(".cc") if path.startswith(PRODUCT) and (tree.ROOT / path) in known]

    def tidy(path: str) -> None:
        started = time.monotonic()
        done = subprocess.run([TIDY, "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option",
                               str(tree.ROOT / path)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        outcome = PASSED if done.returncode == 0 else FAILED
        report.add([Result("tidy", path, outcome, done.stdout + done.stderr)], f"tidy: {path}", time.monotonic() - started)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(tidy, sources))
