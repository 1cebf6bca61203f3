"""The source tree as the checks see it: which files there are, and what they say."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CXX_ENDINGS = (".h", ".cc", ".c")


def use(root: Path) -> None:
    """Looks at another tree from now on; for the checks' own tests."""
    global ROOT
    ROOT = Path(root)
    files.cache_clear()
    text.cache_clear()


@functools.lru_cache(maxsize=None)
def files() -> tuple[str, ...]:
    """Every file of the project, relative to its root: what git would commit, or without git all but build folders."""
    listed = _from_git() if (ROOT / ".git").exists() and shutil.which("git") else _from_disk()
    return tuple(sorted(path for path in listed if (ROOT / path).is_file()))


def _from_git() -> list[str]:
    # safe.directory: a tree that another user owns is still ours to read.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [path for path in done.stdout.decode().split("\0") if path]


def _from_disk() -> list[str]:
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith("build") and name not in (".git", "__pycache__")]
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in names]
    return found


def ending(*endings: str) -> list[str]:
    return [path for path in files() if path.endswith(endings)]


def cxx() -> list[str]:
    """C++ and C sources that people wrote."""
    return ending(*CXX_ENDINGS)


@functools.lru_cache(maxsize=None)
def text(path: str) -> str:
    """A file's text; empty for what is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def lines(path: str) -> list[str]:
    return text(path).split("\n")


def shell_scripts() -> list[str]:
    return [path for path in files() if path.endswith(".sh") or text(path).startswith("#!/usr/bin/env bash")]


def python_sources() -> list[str]:
    return [path for path in files() if path.endswith(".py") or text(path).startswith("#!/usr/bin/python3")]
