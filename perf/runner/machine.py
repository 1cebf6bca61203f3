"""The machine that is measured on: what it is, hugepages that are given back, and priority over other programs."""

import os
from contextlib import contextmanager
from pathlib import Path

HUGEPAGES = Path("/proc/sys/vm/nr_hugepages")
PAGES = 256          # of 2 MiB: lictor-perf's 512 MiB
AUTOGROUP = Path("/proc/self/autogroup")


def free_hugepages() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("HugePages_Free:"):
            return int(line.split()[1])
    return 0


@contextmanager
def hugepages(wanted: bool):
    """Whether there are enough; those that were asked for are given back at the end."""
    before = None
    try:
        if wanted and free_hugepages() < PAGES:
            before = int(HUGEPAGES.read_text(encoding="ascii"))
            HUGEPAGES.write_text(f"{before + PAGES - free_hugepages()}\n", encoding="ascii")
    except OSError:
        before = None
    try:
        yield wanted and free_hugepages() >= PAGES
    finally:
        if before is not None:
            HUGEPAGES.write_text(f"{before}\n", encoding="ascii")


def go_first() -> None:
    """In a child, before it runs: ahead of what else this machine does, where that is allowed."""
    os.setsid()
    try:
        os.nice(-20)
        AUTOGROUP.write_text("-20\n", encoding="ascii")  # else niceness counts inside of the session alone
    except OSError:
        pass


def facts() -> dict:
    model = ""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "kernel": os.uname().release,
            "load_average": os.getloadavg()[0]}
