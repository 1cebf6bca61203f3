"""Runs each libFuzzer target, one a core at a time: first over its seeds and over real damaged captures, then on its own for a bounded time."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree
from builds import Program
from programs import SANITISER_OPTIONS
from python_tests import captures_folder
from results import FAILED, PASSED, SKIPPED, Report, Result

SHORT_SECONDS, LONG_SECONDS = 2, 60
INPUT_SECONDS_MAX = 25  # on one input: libFuzzer calls more a hang
MEMORY_MB_MAX = 2048

# Targets whose input is one frame: they get the frames of the captures, the others the files themselves.
FRAME_TARGETS = ("parse", "frame", "packet", "classify")


def run_fuzzers(report: Report, suite: str, fuzzers: list[Program], folder: Path, seconds: int) -> None:
    """Findings are left in `folder`/findings."""
    findings = folder / "findings"
    findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lictor-fuzz-") as scratch:
        damaged = _damaged_inputs(Path(scratch))

        def run(fuzzer: Program) -> None:
            started = time.monotonic()
            seeds = tree.ROOT / "tests/fuzz/corpus" / fuzzer.name
            inputs = [seeds] if seeds.is_dir() else []
            results = [_run(suite, f"{fuzzer.name}: its seeds", fuzzer, findings, ["-runs=0", *map(str, inputs)])]
            results.append(_run_damaged(suite, fuzzer, findings, damaged))
            grown = Path(scratch) / fuzzer.name
            grown.mkdir()
            results.append(_run(suite, f"{fuzzer.name}: {seconds} s of its own inputs", fuzzer, findings,
                                [f"-max_total_time={seconds}", str(grown), *map(str, inputs)]))
            report.add(results, f"{suite}: fuzz/{fuzzer.name}", time.monotonic() - started)

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            list(pool.map(run, fuzzers))


def _run(suite: str, name: str, fuzzer: Program, findings: Path, arguments: list[str]) -> Result:
    command = [fuzzer.command[0], f"-artifact_prefix={findings}/{fuzzer.name}-", f"-timeout={INPUT_SECONDS_MAX}",
               f"-rss_limit_mb={MEMORY_MB_MAX}", "-print_final_stats=1", *arguments]
    done = subprocess.run(command, env={**os.environ, **SANITISER_OPTIONS}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return Result(suite, name, PASSED if done.returncode == 0 else FAILED, done.stdout)


def _run_damaged(suite: str, fuzzer: Program, findings: Path, damaged: dict[str, Path]) -> Result:
    name = f"{fuzzer.name}: damaged captures"
    if not damaged:
        return Result(suite, name, SKIPPED, "LICTOR_CAPTURES names no folder of public captures")
    kind = "frames" if any(word in fuzzer.name for word in FRAME_TARGETS) else "files"
    return _run(suite, name, fuzzer, findings, ["-runs=0", str(damaged[kind])])


def _damaged_inputs(scratch: Path) -> dict[str, Path]:
    """Folders with the malformed captures as files and as single frames; empty where there are none."""
    source = captures_folder() / "malformed"
    if not source.is_dir():
        return {}
    sys.path.insert(0, str(tree.ROOT / "tests"))
    from support.capture_file import Unreadable, read_capture
    folders = {kind: scratch / kind for kind in ("files", "frames")}
    for folder in folders.values():
        folder.mkdir()
    count = 0
    for path in sorted(source.iterdir()):
        (folders["files"] / path.name).symlink_to(path)
        try:
            for frame in read_capture(path):
                (folders["frames"] / str(count)).write_bytes(frame.octets)
                count += 1
        except Unreadable:
            continue
    return folders
