"""What costs seconds to make and is the same for many tests: made once in a process that runs tests, removed with it. A test
that changes something copies first."""

import shutil
import tempfile
import threading
from multiprocessing import util
from pathlib import Path
from typing import Callable, Hashable

_lock = threading.Lock()
_made: dict[Hashable, Path] = {}


def made_once(what: Hashable, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled when it was first asked for; it is not there yet when `make` is called with its path."""
    with _lock:
        if what not in _made:
            parent = Path(tempfile.mkdtemp(prefix="lictor-e2e-once-"))
            # At the end of a multiprocessing child as of a program: atexit is not called in the former.
            util.Finalize(None, shutil.rmtree, args=(parent, True), exitpriority=1)
            make(parent / "made")
            _made[what] = parent / "made"
        return _made[what]
