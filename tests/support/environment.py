"""Where the tree, the programs and the public captures are, and what this machine can do. Tests skip by what is said here."""

import ctypes
import functools
import os
import shutil
import subprocess
import unittest
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
PROGRAMS = ("lictord", "lictorctl", "lictor-dataplane", "lictor-lemf", "lictor-capture", "lictor-perf")

CAP_NET_ADMIN = 12
CAP_SYS_ADMIN = 21


def build_folder() -> Path:
    return Path(os.environ.get("LICTOR_BUILD", TREE / "build"))


@functools.lru_cache(maxsize=None)
def program(name: str) -> str:
    """The path of one of our programs in the build folder."""
    for folder in ("control", "control/cli", "dataplane", "encoders/lemf", "encoders/pcap", "perf", "tests/unit/dataplane/session"):
        path = build_folder() / folder / name
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise unittest.SkipTest(f"{name} is not in {build_folder()}: run scripts/build first")


def runs_everything() -> bool:
    """scripts/test --all: the long versions too."""
    return os.environ.get("LICTOR_E2E_ALL") == "1"


LEFT = "left for --all: "


def leave(count: int, what: str) -> None:
    """Says that this run, which is not of everything, has left out so many; run.py says it again at its end."""
    print(f"        {LEFT}{count} {what}", flush=True)


def some_or_all(some: int, everything: int, what: str) -> int:
    """How many a test takes: all where everything runs, and otherwise some, which says how many more there are."""
    if runs_everything():
        return everything
    leave(everything - some, what)
    return some


def captures_folder() -> Path:
    """The public captures; skips the test where they are not."""
    folder = Path(os.environ.get("LICTOR_CAPTURES", TREE / ".." / "shared" / "captures")).resolve()
    if not (folder / "INDEX.tsv").is_file():
        raise unittest.SkipTest(f"no public captures in {folder}: set LICTOR_CAPTURES")
    return folder


def _has_capability(number: int) -> bool:
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> number & 1)
    return False


def need_namespaces() -> None:
    """Skips where network namespaces and veth pairs cannot be made."""
    if not (_has_capability(CAP_NET_ADMIN) and _has_capability(CAP_SYS_ADMIN)):
        raise unittest.SkipTest("needs NET_ADMIN and SYS_ADMIN for a veth pair in a namespace")
    if not shutil.which("ip"):
        raise unittest.SkipTest("needs iproute2")
    probe = f"lictor-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], stderr=subprocess.DEVNULL, check=False).returncode:
        raise unittest.SkipTest("this kernel or container makes no network namespaces")
    subprocess.run(["ip", "netns", "delete", probe], check=False)


def need_af_xdp() -> None:
    """Skips where the kernel has no AF_XDP sockets."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(44, 3, 0)  # AF_XDP, SOCK_RAW
    if handle < 0:
        raise unittest.SkipTest(f"no AF_XDP sockets: {os.strerror(ctypes.get_errno())}")
    os.close(handle)


def need_hugepages(pages: int) -> None:
    """Skips where fewer free 2 MiB hugepages are reserved."""
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        free = next((int(line.split()[1]) for line in meminfo if line.startswith("HugePages_Free:")), 0)
    if free < pages:
        raise unittest.SkipTest(f"needs {pages} free hugepages, {free} are there")


def need_module(name: str):
    """The Python module, or a skip."""
    try:
        return __import__(name, fromlist=["_"])
    except ImportError as error:
        raise unittest.SkipTest(f"needs Python's {name}: {error}") from error
