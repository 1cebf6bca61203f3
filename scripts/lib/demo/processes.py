"""Child processes that never outlive the demo, and waiting for conditions instead of sleeping."""

import ctypes
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Optional

STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """Something did not work; the text says what, for a person. Exit status 1."""


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A program of the appliance, in a session of its own so that Ctrl-C reaches the demo alone, which then stops it."""

    def __init__(self, name: str, command: list[str], log: Path):
        self.name, self.log = name, log
        with open(log, "wb") as stream:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                                            start_new_session=True, preexec_fn=_die_with_parent)

    def running(self) -> bool:
        return self.process.poll() is None

    def tail(self, lines: int = 12) -> str:
        return "\n".join("    " + line for line in self.log.read_text(errors="replace").splitlines()[-lines:])

    def check_running(self) -> None:
        if not self.running():
            raise Failed(f"{self.name} ended by itself with status {self.process.returncode}; its last words:\n{self.tail()}")

    def stop(self) -> int:
        """Asks it to end, insists after a while, and answers its exit status."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed(f"{self.name} did not end within {STOP_SECONDS} s of being asked to:\n{self.tail()}") from None
        return self.process.returncode


class Children:
    """All children, stopped in the opposite order of their start whatever happens."""

    def __init__(self) -> None:
        self.all: list[Child] = []

    def start(self, name: str, command: list[str], log: Path) -> Child:
        self.all.append(Child(name, command, log))
        return self.all[-1]

    def check_running(self) -> None:
        for child in self.all:
            child.check_running()

    def forget(self, child: Child) -> None:
        self.all.remove(child)

    def stop_all(self) -> None:
        """For the way out: nobody is left, and nobody's failure hides the first one."""
        for child in reversed(self.all):
            try:
                child.stop()
            except Failed:
                pass
        self.all.clear()


def wait_for(what: str, condition: Callable[[], Optional[object]], children: Children, stall: float,
             progress: Callable[[], object] = lambda: None, every: float = 0.05) -> object:
    """What `condition` answers once that is true. Fails where a child ends, or where `progress` stays the same for `stall`
    seconds: a slow machine may take all the time it needs as long as something moves."""
    last, since = progress(), time.monotonic()
    while True:
        answer = condition()
        if answer:
            return answer
        children.check_running()
        now = progress()
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > stall:
            raise Failed(f"{what}: nothing has moved for {stall:.0f} s" + (f"; the last state was {last}" if last else ""))
        time.sleep(every)
