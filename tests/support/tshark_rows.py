"""Fields of frames as tshark prints them, of one capture or of many in one run. For whatever asks tshark for a second opinion."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterable, Iterator, Optional

BOUND_S = 300


def tshark() -> Optional[str]:
    return shutil.which("tshark")


def rows(path, fields: tuple[str, ...], occurrence: str, *options: str) -> Iterable[list[str]]:
    """The fields of each frame; `occurrence` "a" gives all values of one, with commas, "f" the first."""
    command = [tshark(), "-n", "-r", str(path), *options, "-T", "fields", "-E", f"occurrence={occurrence}", "-E", "separator=/t"]
    for field in fields:
        command += ["-e", field]
    # Exit status 2 is a capture that is cut off in the middle of a packet; what was read before counts.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=BOUND_S)
    for line in done.stdout.splitlines():
        yield (line.split("\t") + [""] * len(fields))[:len(fields)]


def numbered_rows(path, fields: tuple[str, ...], occurrence: str, *options: str) -> Iterator[tuple[int, list[str]]]:
    """The same with the frame's number, from 1. What follows a line break in a text is no row, though it may begin with a number: a row
    has a link type behind it."""
    for number, link, *values in rows(path, ("frame.number", "frame.encap_type", *fields), occurrence, *options):
        if number.isdigit() and link.isdigit():
            yield int(number), values


def rows_of_each(paths: Iterable[Path], fields: tuple[str, ...], occurrence: str, *options: str) -> dict[Path, list[tuple[int, list[str]]]]:
    """numbered_rows of every capture. To start tshark costs more than most captures: all that can be joined are one for it. Fields must
    be such that frames of another capture do not change them."""
    sizes = _sizes(list(dict.fromkeys(paths)))
    joined = [path for path, size in sizes.items() if size is not None]
    found = {path: [] if path in joined else list(numbered_rows(path, fields, occurrence, *options)) for path in sizes}
    with tempfile.TemporaryDirectory(prefix="lictor-rows-") as folder:
        whole = Path(folder) / "joined.pcapng"
        subprocess.run(["mergecap", "-a", "-F", "pcapng", "-w", str(whole), *map(str, joined)], stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, check=True, timeout=BOUND_S)
        ends = iter(joined)
        path, before, end = None, 0, 0
        for number, values in numbered_rows(whole, fields, occurrence, *options):
            while number > end:
                path, before = next(ends), end
                end += sizes[path]
            found[path].append((number - before, values))
    return found


def _sizes(paths: list[Path]) -> dict[Path, Optional[int]]:
    """How many frames each has; None where it is cut off or damaged and can be joined to nothing."""
    done = subprocess.run(["capinfos", "-T", "-M", "-c", "-r", *map(str, paths)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=BOUND_S)
    counts = dict(line.rsplit("\t", 1) for line in done.stdout.splitlines())
    return {path: int(counts[str(path)]) if str(path) in counts and f'"{path}"' not in done.stderr else None for path in paths}
