"""The clock of a host of its own for some of our processes: it can be set, and the kernel's word for it too.

A shared object of a page, compiled by the test, stands between the process and libc (LD_PRELOAD). libfaketime would do the same,
but reads a file at each look, 20 µs, which `dataplane/dpdk/burst_clock.h` rightly takes for an interruption, and knows no
adjtimex(2), which says whether a clock is synchronised.
"""

import mmap
import shutil
import struct
import subprocess
import unittest
from pathlib import Path

SOURCE = Path(__file__).with_name("host_clock.c")
LAYOUT = struct.Struct("=qq")  # struct host_clock


class HostClock:
    """`prefix` runs a process by this clock, which is the true one until it is set."""

    def __init__(self, folder: Path, name: str):
        compiler = shutil.which("cc")
        if compiler is None:
            raise unittest.SkipTest("needs a C compiler")
        library = folder / "host_clock.so"
        if not library.exists():
            subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, SOURCE], check=True,
                           timeout=60)
        path = folder / f"{name}.clock"
        path.write_bytes(LAYOUT.pack(0, 1))
        with open(path, "r+b") as file:
            self._mapped = mmap.mmap(file.fileno(), LAYOUT.size)
        self._words = memoryview(self._mapped).cast("q")  # each is written at once
        self.prefix = ["env", f"LD_PRELOAD={library}", f"HOST_CLOCK_FILE={path}"]

    def set_by(self, seconds: int) -> None:
        """From what it shows now."""
        self._words[0] += seconds * 1_000_000_000

    def synchronise(self, is_synchronised: bool) -> None:
        """What the kernel says of it."""
        self._words[1] = int(is_synchronised)
